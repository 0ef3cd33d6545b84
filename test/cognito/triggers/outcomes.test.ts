import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { outcomeTable } from '../../../core/index.ts';
import { type FakeCore, json, type Play, plays, startFakeCore } from '../../support/fake-core.ts';
import { create, preToken, verify } from './support/events.ts';
import { comesTo, signIn } from './support/sign-in.ts';
import {
  createResponse,
  environmentFor,
  logged,
  refusalOf,
  type Triggers,
  tokenResponse,
  triggersOf,
  verifyResponse,
} from './support/triggers.ts';
import { startWorld, type World } from './support/world.ts';

const policies = ['deny', 'allow'] as const;
type Policy = (typeof policies)[number];

const blocked = '[stepward:blocked:<ref>] Sign-in was blocked';
const review = '[stepward:review:<ref>] Sign-in has to be reviewed first. Sign in again once it was approved';
const interaction = '[stepward:interaction_required:<ref>] This sign-in needs a further proof, which cannot be asked for here';
const unavailable = '[stepward:unavailable:<ref>] Sign-in is not possible at the moment. Try again later';

/** The gate `require`, which decides by itself. */
const gateComesTo = async (triggers: Triggers, sub: string, source = 'Authentication'): Promise<string> => {
  const running = tokenResponse(triggers.preToken, preToken(sub, source));
  return running.then(
    (response) => (JSON.stringify(response).includes('stepward_degraded') ? 'tokens, degraded' : 'tokens'),
    () => refusalOf(running),
  );
};

describe('the outcome table, from a real server', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ clock: 'real' });
  });
  afterAll(() => world.served.end());

  it.each(policies)('style A, under the failure policy `%s`', async (policy) => {
    const comes = (action: string, sub: string) =>
      comesTo(triggersOf(world.environment({ STEPWARD_ACTION: action, STEPWARD_FAILURE_POLICY: policy })), sub);
    expect(await comes('open', world.person())).toBe('tokens');
    expect(await comes('signIn', await world.enrolled())).toBe('challenge');
    expect(await comes('held', world.person())).toBe(review);
    expect(await comes('shut', world.person())).toBe(blocked);
  });

  it.each(policies)('style C, under the failure policy `%s`', async (policy) => {
    const more = { STEPWARD_GATE: 'require', STEPWARD_FAILURE_POLICY: policy };
    const comes = (action: string, sub: string, source?: string) =>
      gateComesTo(triggersOf(world.environment({ ...more, STEPWARD_ACTION: action, STEPWARD_REFRESH_ACTION: action })), sub, source);
    for (const source of ['Authentication', 'HostedAuth', 'NewPasswordChallenge', 'AuthenticateDevice', 'RefreshTokens']) {
      expect(await comes('open', world.person(), source)).toBe('tokens');
      expect(await comes('signIn', await world.enrolled(), source)).toBe(interaction);
      expect(await comes('held', world.person(), source)).toBe(review);
      expect(await comes('shut', world.person(), source)).toBe(blocked);
    }
  });

  it('a challenge that failed, lapsed or was blocked meanwhile lets nobody in', async () => {
    const triggers = triggersOf(world.environment({ STEPWARD_FAILURE_POLICY: 'allow' }));
    for (const state of ['CHALLENGE_FAILED', 'BLOCK', 'REVIEW_REQUIRED'] as const) {
      const sub = await world.enrolled();
      const going = await signIn(triggers, sub);
      const { key: idempotencyKey = '' } = going.round.privateChallengeParameters;
      await world.served.api.updateAction({ userId: sub, action: 'signIn', idempotencyKey }, { state });
      expect(await going.answer('ticket')).toBe('challenge');
    }
  });

  it('a server that stops: the policy answers for the decision, and never for a challenge that was owed', async () => {
    const [allow, deny] = [
      triggersOf(world.environment({ STEPWARD_FAILURE_POLICY: 'allow', STEPWARD_GATE: 'require' })),
      triggersOf(world.environment({ STEPWARD_FAILURE_POLICY: 'deny', STEPWARD_GATE: 'require' })),
    ];
    const sub = await world.enrolled();
    const owed = await signIn(allow, sub);
    const answer = await world.pass(sub, owed.round.publicChallengeParameters.url ?? '');
    await world.served.stop();
    for (const triggers of [allow, deny])
      expect(await refusalOf(verifyResponse(triggers.verify, verify(sub, owed.round.privateChallengeParameters, answer)))).toBe(
        unavailable,
      );
    const degraded = await createResponse(allow.create, create(sub));
    expect(degraded.privateChallengeParameters).toEqual({ v: '1', state: 'ALLOW', key: expect.any(String), sub, degraded: '1' });
    expect(await refusalOf(createResponse(deny.create, create(sub)))).toBe(unavailable);
    expect(await gateComesTo(allow, sub)).toBe('tokens, degraded');
    expect(await gateComesTo(deny, sub)).toBe(unavailable);
    await world.served.restart();
    expect(await verifyResponse(allow.verify, verify(sub, owed.round.privateChallengeParameters, answer))).toEqual({ answerCorrect: true });
    // what went without the server is told by the next sign-in, as a number
    await createResponse(allow.create, create(sub));
    const headers = { authorization: `Basic ${btoa(`${world.served.serverKey}:`)}` };
    const metrics = await (await fetch(`${world.served.url}/metrics`, { headers })).text();
    expect(metrics).toMatch(/stepward_undecided_total\{adapter="cognito",result="proceeded"\} 2/);
    expect(metrics).toMatch(/stepward_undecided_total\{adapter="cognito",result="refused"\} 2/);
  });
});

/** What must come of each answer and fault of a server: in style A, and at the gate `require`. */
const always = (text: string) => () => text;
const undecided = (policy: Policy) => (policy === 'allow' ? 'tokens' : unavailable);
const expected: Readonly<Record<string, readonly [a: (policy: Policy) => string, c?: (policy: Policy) => string]>> = {
  allow: [always('tokens')],
  challenge: [always('challenge'), always(interaction)],
  review: [always(review)],
  reviewAlias: [always(review)],
  block: [always(blocked)],
  failed: [always(blocked)],
  reviewFailed: [always(blocked)],
  succeeded: [always(unavailable)],
  reviewSucceeded: [always(unavailable)],
  unknownState: [always(unavailable)],
  prototypeState: [always(unavailable)],
  foreignKey: [always(unavailable)],
  script: [always(unavailable), always(interaction)],
  noAddress: [always(unavailable), always(interaction)],
  unauthorized: [always(unavailable)],
  forbidden: [always(unavailable)],
  conflict: [always(unavailable)],
  tooMany: [always(unavailable)],
  tooManySlow: [always(unavailable)],
  html: [always(unavailable)],
  empty: [always(unavailable)],
  list: [always(unavailable)],
  nothing: [always(unavailable)],
  huge: [always(unavailable)],
  moved: [always(unavailable)],
  down: [undecided],
  slow: [undecided],
  slowBody: [undecided],
  cutBody: [undecided],
  serverError: [undecided],
  badGateway: [undecided],
  unavailable: [undecided],
};

describe('every answer and fault of a server x failure policy', () => {
  let core: FakeCore;
  let consumed: Play = () => undefined;
  const decided =
    (state: string, more = {}): Play =>
    ({ body }, response) =>
      json(response, 200, { idempotencyKey: body.idempotencyKey, state, expiresAt: '2026-03-02T09:10:00.000Z', ...more });
  beforeAll(async () => {
    core = await startFakeCore({
      succeeded: decided('CHALLENGE_SUCCEEDED'),
      reviewSucceeded: decided('REVIEW_SUCCEEDED'),
      script: decided('CHALLENGE_REQUIRED', { url: 'javascript:alert(1)' }),
      noAddress: decided('CHALLENGE_REQUIRED'),
    });
    core.consume.play = (...given) => consumed(...given);
  });
  afterAll(() => core.close());
  /** Soon over where nothing comes; else longer than a busy machine takes. */
  const waitsFor = (play: string) => (play.startsWith('slow') ? { deadline: 300, tryFor: 150 } : undefined);
  const with_ = (policy: Policy, more = {}, play = '') =>
    triggersOf(environmentFor(core.origin, { STEPWARD_FAILURE_POLICY: policy, ...more }), waitsFor(play));

  it.each(Object.keys(expected))('%s', async (play) => {
    const [a, c = a] = expected[play] ?? [always('')];
    await Promise.all(
      policies.map(async (policy) => {
        // without a gate, which would ask this server, too
        const style = with_(policy, { STEPWARD_GATE: 'require', STEPWARD_EXCEPT_CLIENTS: 'client-1' }, play);
        expect([policy, await comesTo(style, `a|${play}|${policy}`)]).toEqual([policy, a(policy)]);
        const gate = with_(policy, { STEPWARD_GATE: 'require' }, play);
        const stamped = c(policy) === 'tokens' && play !== 'allow' ? 'tokens, degraded' : c(policy);
        expect([policy, await gateComesTo(gate, `c|${play}|${policy}`)]).toEqual([policy, stamped]);
      }),
    );
  });

  it('covers every state that there is', () => {
    const covered = ['allow', 'challenge', 'succeeded', 'failed', 'review', 'reviewSucceeded', 'reviewFailed', 'block'];
    expect(covered.every((play) => play in expected)).toBe(true);
    expect(Object.keys(outcomeTable)).toHaveLength(covered.length);
  });

  it('a warm decision is one call', async () => {
    const triggers = with_('deny', { STEPWARD_GATE: 'require' });
    for (const turn of [1, 2, 3]) {
      await createResponse(triggers.create, create('a|allow|once'));
      expect(core.about('a|allow|once')).toHaveLength(turn);
    }
    await tokenResponse(triggers.preToken, preToken('c|allow|once', 'Authentication'));
    expect(core.about('c|allow|once')).toHaveLength(1);
  });

  describe('a consume', () => {
    const kept = {
      v: '1',
      state: 'CHALLENGE_REQUIRED',
      key: '00000000-0000-4000-8000-000000000001',
      consumeKey: 'c'.repeat(22),
      nonce: 'n'.repeat(22),
      action: 'signIn',
      sub: 'v|allow',
    };
    const own = { consumed: true, userId: 'v|allow', idempotencyKey: kept.key };
    const cases: readonly [string, Play | undefined, 'true' | 'false' | 'throws'][] = [
      ['200', (_, response) => json(response, 200, own), 'true'],
      ['200 that says no', (_, response) => json(response, 200, { ...own, consumed: false }), 'false'],
      ['200 of another user', (_, response) => json(response, 200, { ...own, userId: 'other' }), 'false'],
      ['200 of another instance', (_, response) => json(response, 200, { ...own, idempotencyKey: 'other' }), 'false'],
      ['201', (_, response) => json(response, 201, own), 'false'],
      ['200 without words', plays.empty, 'false'],
      ['a page', plays.html, 'false'],
      ['too much', (_, response) => json(response, 200, { ...own, padding: 'x'.repeat(70_000) }), 'false'],
      ['a redirect', plays.moved, 'false'],
      ...[400, 401, 403, 404, 409, 422, 429].map((status): [string, Play, 'false'] => [
        String(status),
        (_, response) => json(response, status, own),
        'false',
      ]),
      ['500', plays.serverError, 'throws'],
      ['502', plays.badGateway, 'throws'],
      ['503', plays.unavailable, 'throws'],
      ['a lost connection', plays.down, 'throws'],
      ['slow, no answer', plays.slow, 'throws'],
      ['slow, half an answer', plays.slowBody, 'throws'],
      ['a cut one', plays.cutBody, 'throws'],
    ];
    it.each(cases)('%s', async (name, play, wanted) => {
      consumed = play ?? (() => undefined);
      for (const policy of policies) {
        const running = verifyResponse(with_(policy, {}, name).verify, verify('v|allow', kept, 'ticket'));
        if (wanted === 'throws') expect(await refusalOf(running)).toBe(unavailable);
        else expect(await running).toEqual({ answerCorrect: wanted === 'true' });
      }
    });
  });
});

describe('time', () => {
  const core = startFakeCore();
  const asked: number[] = [];
  beforeAll(() => {
    // each try is over at once, so that no second passes
    vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
      asked.push(ms);
      return AbortSignal.abort();
    });
  });
  beforeEach(() => asked.splice(0));
  afterAll(async () => {
    vi.mocked(AbortSignal.timeout).mockRestore();
    await (await core).close();
  });
  const asksFor = async (more: Readonly<Record<string, string>>, remaining?: number) => {
    const triggers = triggersOf(environmentFor((await core).origin, more), {});
    const context = remaining === undefined ? undefined : { getRemainingTimeInMillis: () => remaining };
    expect(await refusalOf(createResponse(triggers.create, create('a|allow'), context))).toBe(unavailable);
    return asked;
  };

  it('is 1.2 seconds for a try, and two tries', async () => {
    expect(await asksFor({})).toEqual([1200, 1200]);
    expect(JSON.parse(logged.at(-1) ?? '')).toMatchObject({ stepward: 'create', outcome: 'undecided-deny', attempt: 2 });
  });
  it('is what is set, if that is less', async () => {
    for (const ms of await asksFor({ STEPWARD_DEADLINE_MS: '700' })) expect(ms).toBeLessThanOrEqual(700);
  });
  it('ends 0.3 seconds before Lambda does', async () => {
    for (const ms of await asksFor({}, 1200.5)) expect(ms).toBeLessThanOrEqual(900);
  });
  it('that is over before the call counts as no answer', async () => {
    await asksFor({}, 299.5);
  });
});
