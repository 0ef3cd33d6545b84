import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FakeCore, json, type Play, startFakeCore } from '../../support/fake-core.ts';
import { create, groups, type Json, preToken, sources } from './support/events.ts';
import { signIn } from './support/sign-in.ts';
import { createResponse, environmentFor, refusalOf, tokenResponse, triggersOf } from './support/triggers.ts';
import { startWorld, type World } from './support/world.ts';

const versions = ['0', '1', '2', '3'] as const;
const again = '[stepward:again] Sign in again';
const unavailable = '[stepward:unavailable] Sign-in is not possible at the moment. Try again later';
const untouched = (version: string) => preToken('u', 'Authentication', version).response;
/** A time as the core writes it, so many seconds before now. */
const ago = (seconds: number): string => new Date(Date.now() - seconds * 1000).toISOString();

const reserved = [
  'acr',
  'amr',
  'aud',
  'at_hash',
  'auth_time',
  'azp',
  'cognito:username',
  'exp',
  'iat',
  'identities',
  'iss',
  'jti',
  'nbf',
  'nonce',
  'origin_jti',
  'sub',
  'token_use',
];
type Claims = {
  readonly claimsToAddOrOverride?: Json;
  readonly scopesToAdd?: readonly string[];
  readonly scopesToSuppress?: readonly string[];
};
type Answered = {
  readonly claimsOverrideDetails?: Claims & { readonly groupOverrideDetails?: unknown };
  readonly claimsAndScopeOverrideDetails?: {
    readonly idTokenGeneration: Claims;
    readonly accessTokenGeneration: Claims;
    readonly groupOverrideDetails?: unknown;
  };
};

/** What an answer sets; fails for a reserved claim, a text that is none in version 1, and groups that are lost. */
const toldIn = (response: Json, version: string) => {
  const { claimsOverrideDetails: first, claimsAndScopeOverrideDetails: second } = response as Answered;
  const isFirst = version === '0' || version === '1';
  expect([first !== undefined, second !== undefined]).toEqual([isFirst, !isFirst]);
  expect((first ?? second)?.groupOverrideDetails).toEqual(groups);
  const id = (isFirst ? first : second?.idTokenGeneration)?.claimsToAddOrOverride ?? {};
  for (const name of Object.keys(id)) {
    expect(reserved).not.toContain(name);
    expect(name).not.toMatch(/^(dev:|cognito:)/);
    if (isFirst) expect(typeof id[name]).toBe('string');
  }
  const { scopesToAdd, scopesToSuppress, claimsToAddOrOverride } = second?.accessTokenGeneration ?? {};
  if (second) expect(claimsToAddOrOverride).toEqual(id);
  return { claims: id, scopes: second && { add: scopesToAdd, suppress: scopesToSuppress } };
};

let core: FakeCore;
let answer: Play = () => undefined;
beforeAll(async () => {
  core = await startFakeCore({ any: (...given) => answer(...given) });
});
afterAll(() => core.close());
const lists = (...lines: readonly Json[]): void => {
  answer = (_, response) => json(response, 200, lines);
};
const gateOf = (gate: string, more: Readonly<Record<string, string>> = {}, waits?: Parameters<typeof triggersOf>[1]) =>
  triggersOf(environmentFor(core.origin, { STEPWARD_GATE: gate, ...more }), waits).preToken;

describe.each(['admit', 'require', 'scope'])('in every mode, here `%s`', (gate) => {
  it.each(versions)(
    'a client without a user, and excepted ones, are let through unchanged, without a call (version %s)',
    async (version) => {
      const handler = gateOf(gate, { STEPWARD_EXCEPT_CLIENTS: 'client-7, client-1', STEPWARD_REFRESH_ACTION: 'renew' });
      for (const source of sources)
        expect(await tokenResponse(handler, preToken('x|any|except', source, version))).toEqual(untouched(version));
      const machine = preToken('x|any|except', 'ClientCredentials', version, { clientId: 'machine' });
      expect(await tokenResponse(handler, { ...machine, request: { userAttributes: null } })).toEqual(untouched(version));
      expect(core.about('x|any|except')).toEqual([]);
    },
  );
});

describe('admit', () => {
  const asks = ['HostedAuth', 'Authentication', 'AuthenticateDevice'] as const;
  const recent: Json = { state: 'ALLOW', createdAt: ago(1) };

  it.each(versions)('leaves tokens as they are, and asks the core once (version %s)', async (version) => {
    lists(recent);
    for (const source of asks)
      expect(await tokenResponse(gateOf('admit'), preToken(`x|any|${source}${version}`, source, version))).toEqual(untouched(version));
    expect(core.about(`x|any|HostedAuth${version}`)).toEqual([
      expect.objectContaining({ path: `/v1/users/${encodeURIComponent(`x|any|HostedAuth${version}`)}/actions?codes=signIn&limit=10` }),
    ]);
    expect(await tokenResponse(gateOf('admit'), preToken('x|any|refresh', 'RefreshTokens', version))).toEqual(untouched(version));
    expect(core.about('x|any|refresh')).toEqual([]);
  });

  it('a password that was changed is no sign-in', async () => {
    lists(recent);
    expect(await refusalOf(tokenResponse(gateOf('admit'), preToken('x|any', 'NewPasswordChallenge')))).toBe(
      '[stepward:again] Password changed. Sign in again',
    );
  });

  const cases: readonly [string, readonly Json[], boolean][] = [
    ['no sign-in', [], false],
    ['one that was allowed', [recent], true],
    ['a minute ago', [{ state: 'ALLOW', createdAt: ago(60) }], true],
    ['121 seconds ago', [{ state: 'ALLOW', createdAt: ago(121) }], false],
    ['one that was consumed', [{ state: 'CHALLENGE_SUCCEEDED', createdAt: ago(600), consumedAt: ago(5) }], true],
    ['consumed 121 seconds ago', [{ state: 'CHALLENGE_SUCCEEDED', createdAt: ago(600), consumedAt: ago(121) }], false],
    ['a review that was approved and consumed', [{ state: 'REVIEW_SUCCEEDED', createdAt: ago(600), consumedAt: ago(5) }], true],
    ['passed and not consumed', [{ state: 'CHALLENGE_SUCCEEDED', createdAt: ago(5) }], false],
    ['allowed on the page and not consumed', [{ state: 'ALLOW', createdAt: ago(5), decidedOnPage: true }], false],
    ['allowed on the page and consumed', [{ state: 'ALLOW', createdAt: ago(5), decidedOnPage: true, consumedAt: ago(1) }], true],
    ...[
      'CHALLENGE_REQUIRED',
      'CHALLENGE_FAILED',
      'REVIEW_REQUIRED',
      'REVIEW_SUCCEEDED',
      'REVIEW_FAILED',
      'BLOCK',
      'WELCOME',
      'constructor',
    ].map((state): [string, Json[], false] => [state, [{ state, createdAt: ago(1) }], false]),
    [
      'open and failed ones of others before it',
      [...['CHALLENGE_REQUIRED', 'BLOCK', 'CHALLENGE_FAILED'].map((state) => ({ state, createdAt: ago(1) })), recent],
      true,
    ],
    ['a time that is none', [{ state: 'ALLOW', createdAt: 'now' }], false],
    ['no time', [{ state: 'ALLOW' }], false],
    ['far in the future', [{ state: 'ALLOW', createdAt: ago(-600) }], false],
    ['lines that are none', [null as unknown as Json, 'ALLOW' as unknown as Json], false],
  ];
  it.each(cases)('%s', async (_, lines, isAdmitted) => {
    lists(...lines);
    const running = tokenResponse(gateOf('admit'), preToken('x|any', 'Authentication'));
    if (isAdmitted) expect(await running).toEqual(untouched('1'));
    else expect(await refusalOf(running)).toBe(again);
  });

  it.each([
    'down',
    'serverError',
    'unavailable',
    'slow',
    'unauthorized',
    'tooMany',
    'html',
    'empty',
    'allow',
    'nothing',
    'moved',
    'cutBody',
  ])('a core that answers %s admits nobody, under either policy', async (play) => {
    for (const policy of ['deny', 'allow']) {
      const handler = gateOf('admit', { STEPWARD_FAILURE_POLICY: policy }, play === 'slow' ? { deadline: 200, tryFor: 100 } : undefined);
      expect(await refusalOf(tokenResponse(handler, preToken(`x|${play}`, 'Authentication')))).toBe(unavailable);
    }
  });
});

describe('require', () => {
  it.each(versions)('what was allowed passes with its groups; without a decision the token says so (version %s)', async (version) => {
    for (const source of sources.slice(0, 4)) {
      const allowed = await tokenResponse(gateOf('require'), preToken('x|allow', source, version));
      expect(toldIn(allowed, version)).toEqual({ claims: {}, scopes: version < '2' ? undefined : {} });
      const degraded = await tokenResponse(gateOf('require', { STEPWARD_FAILURE_POLICY: 'allow' }), preToken('x|down', source, version));
      expect(toldIn(degraded, version).claims).toEqual({ stepward_degraded: version < '2' ? 'true' : true });
    }
  });

  it('a refresh is left alone where no action is set for it', async () => {
    expect(await tokenResponse(gateOf('require'), preToken('x|block|refresh', 'RefreshTokens'))).toEqual(untouched('1'));
    expect(core.about('x|block|refresh')).toEqual([]);
  });
});

describe('scope', () => {
  const proven: Json = {
    state: 'CHALLENGE_SUCCEEDED',
    createdAt: ago(900),
    consumedAt: ago(60),
    authTime: '2026-03-02T09:00:00.500Z',
    acr: 'urn:stepward:aal2',
  };
  const scope = 'stepward/aal2';
  const told = async (version: string, source = 'Authentication', more = {}) =>
    toldIn(await tokenResponse(gateOf('scope', more), preToken('x|any', source, version)), version);
  const time = Date.parse('2026-03-02T09:00:00Z') / 1000;

  it.each(versions)('says what was proven, at every source (version %s)', async (version) => {
    lists(proven);
    for (const source of sources)
      expect(await told(version, source)).toEqual({
        claims: { stepward_acr: 'urn:stepward:aal2', stepward_time: version < '2' ? String(time) : time },
        scopes: version < '2' ? undefined : { add: [scope] },
      });
  });

  const cases: readonly [string, readonly Json[], string | undefined][] = [
    ['nothing', [], undefined],
    ['a weaker proof', [{ ...proven, acr: 'urn:stepward:aal1' }], undefined],
    ['a stronger one', [{ ...proven, acr: 'urn:stepward:aal3' }], scope],
    ['one that was not consumed', [{ ...proven, consumedAt: undefined }], undefined],
    ['an ALLOW without a proof', [{ state: 'ALLOW', createdAt: ago(1), consumedAt: ago(1) }], undefined],
    ['an hour ago', [{ ...proven, consumedAt: ago(3601) }], undefined],
    ['the newest counts, wherever it stands', [{ ...proven, acr: 'urn:stepward:aal1', consumedAt: ago(50) }, proven], undefined],
    ['what has no proof does not hide one', [{ state: 'ALLOW', createdAt: ago(1), consumedAt: ago(1) }, proven], scope],
  ];
  it.each(cases)('%s', async (_, lines, wanted) => {
    lists(...lines);
    const { scopes } = await told('2');
    // who asked for the scope at the pool does not get it by asking
    expect(scopes).toEqual(wanted === undefined ? { suppress: [scope] } : { add: [wanted] });
  });

  it('STEPWARD_SCOPE_SECONDS', async () => {
    lists(proven);
    expect((await told('2', 'RefreshTokens', { STEPWARD_SCOPE_SECONDS: '30' })).scopes).toEqual({ suppress: [scope] });
  });

  it.each(['down', 'serverError', 'unauthorized', 'html', 'allow', 'nothing'])('never throws: %s', async (play) => {
    const response = await tokenResponse(gateOf('scope'), preToken(`x|${play}`, 'Authentication', '2'));
    expect(toldIn(response, '2')).toEqual({ claims: { stepward_degraded: true }, scopes: { suppress: [scope] } });
  });

  it('never throws: a user without a sub', async () => {
    const event = { ...preToken('x', 'Authentication', '2'), request: { userAttributes: {}, groupConfiguration: groups } };
    expect(toldIn(await tokenResponse(gateOf('scope'), event), '2').claims).toEqual({ stepward_degraded: true });
  });
});

describe('an answer that another function gave before', () => {
  it('stands, groups too, and ours is added', async () => {
    lists({ state: 'CHALLENGE_SUCCEEDED', createdAt: ago(9), consumedAt: ago(5), acr: 'urn:stepward:aal2' });
    const theirs = { groupsToOverride: ['chosen'] };
    const first = await tokenResponse(
      gateOf('scope'),
      preToken('x|any', 'Authentication', '1', {
        response: {
          claimsOverrideDetails: { claimsToAddOrOverride: { plan: 'gold' }, claimsToSuppress: ['email'], groupOverrideDetails: theirs },
        },
      }),
    );
    expect(first).toEqual({
      claimsOverrideDetails: {
        claimsToAddOrOverride: { plan: 'gold', stepward_acr: 'urn:stepward:aal2', stepward_time: expect.any(String) },
        claimsToSuppress: ['email'],
        groupOverrideDetails: theirs,
      },
    });
    const second = await tokenResponse(
      gateOf('scope'),
      preToken('x|any', 'Authentication', '2', {
        response: {
          claimsAndScopeOverrideDetails: {
            accessTokenGeneration: { scopesToAdd: ['a/b'], scopesToSuppress: ['c/d'] },
            groupOverrideDetails: theirs,
          },
        },
      }),
    );
    expect(second).toMatchObject({
      claimsAndScopeOverrideDetails: {
        accessTokenGeneration: { scopesToAdd: ['a/b', 'stepward/aal2'], scopesToSuppress: ['c/d'] },
        groupOverrideDetails: theirs,
      },
    });
  });
});

describe('with a server of Stepward', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ clock: 'real' });
  });
  afterAll(() => world.served.end());
  const admit = (sub: string, more = {}) => tokenResponse(triggersOf(world.environment(more)).preToken, preToken(sub, 'Authentication'));

  it('a sign-in by SRP alone, without an instance, is refused; so is one whose instance is 121 seconds old', async () => {
    const sub = world.person();
    expect(await refusalOf(admit(sub))).toBe(again);
    const { create: open } = triggersOf(world.environment({ STEPWARD_ACTION: 'open' }));
    world.served.pass(-125_000);
    await createResponse(open, create(sub));
    world.served.pass(125_000);
    expect(await refusalOf(admit(sub, { STEPWARD_ACTION: 'open' }))).toBe(again);
    // of another action
    await createResponse(open, create(sub));
    expect(await refusalOf(admit(sub))).toBe(again);
    expect(await admit(sub, { STEPWARD_ACTION: 'open' })).toEqual(untouched('1'));
  });

  it('a challenge admits once it was consumed, and not before', async () => {
    const triggers = triggersOf(world.environment());
    const sub = await world.enrolled();
    const going = await signIn(triggers, sub);
    expect(await refusalOf(admit(sub))).toBe(again);
    const ticket = await world.pass(sub, going.round.publicChallengeParameters.url ?? '');
    expect(await refusalOf(admit(sub))).toBe(again);
    // the page was passed a minute of the server's clock ahead
    world.served.pass(-120_000);
    expect(await going.answer(ticket)).toBe('tokens');
    expect(await admit(sub)).toEqual(untouched('1'));
  });

  it('an ALLOW that the page decided admits once it was consumed', async () => {
    const more = { STEPWARD_ACTION: 'open', STEPWARD_COGNITO_DEFER: 'true' };
    const sub = world.person();
    const going = await signIn(triggersOf(world.environment(more)), sub);
    const ticket = await world.pass(sub, going.round.publicChallengeParameters.url ?? '');
    expect((await world.instances(sub))[0]).toMatchObject({ state: 'ALLOW', decidedOnPage: true });
    expect(await refusalOf(admit(sub, more))).toBe(again);
    expect(await going.answer(ticket)).toBe('tokens');
    expect(await admit(sub, more)).toEqual(untouched('1'));
  });

  it('a sign-in that went without the core under `allow` is refused by `admit`, once the core is back too', async () => {
    const more = { STEPWARD_FAILURE_POLICY: 'allow' };
    const sub = world.person();
    await world.served.stop();
    const going = await signIn(triggersOf(world.environment(more)), sub);
    expect(going.round.publicChallengeParameters.mode).toBe('none');
    expect(await refusalOf(going.answer('continue'))).toBe(unavailable);
    await world.served.restart();
    expect(await refusalOf(admit(sub, more))).toBe(again);
  });

  it('scope: the proof of a challenge that was consumed is in the tokens', async () => {
    const sub = await world.enrolled();
    const triggers = triggersOf(world.environment({ STEPWARD_GATE: 'scope' }));
    const tokens = async () => toldIn(await tokenResponse(triggers.preToken, preToken(sub, 'RefreshTokens', '2')), '2');
    expect(await tokens()).toEqual({ claims: {}, scopes: { suppress: ['stepward/aal2'] } });
    const going = await signIn(triggers, sub);
    const ticket = await world.pass(sub, going.round.publicChallengeParameters.url ?? '');
    expect((await tokens()).claims).toEqual({});
    expect(await going.answer(ticket)).toBe('tokens');
    // a code by mail is one factor
    expect(await tokens()).toEqual({
      claims: { stepward_acr: 'urn:stepward:aal1', stepward_time: expect.any(Number) },
      scopes: { suppress: ['stepward/aal2'] },
    });
  });
});
