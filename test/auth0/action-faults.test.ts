import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FakeCore, json, type Play, plays, startFakeCore } from '../support/fake-core.ts';
import type { Sandbox } from './sandbox/index.ts';
import { effectOf, runtimes, set, startAction } from './support/action.ts';
import { login, situations } from './support/events.ts';

/** Another answer to each try. */
const inTurn =
  (...each: readonly (Play | undefined)[]): Play =>
  (said, response, origin) =>
    each[Math.min(said.nth, each.length) - 1]?.(said, response, origin);
const late =
  (ms: number, play: Play | undefined): Play =>
  (said, response, origin) =>
    void setTimeout(() => play?.(said, response, origin), ms);

describe.each(runtimes)('the second try, on Node %s', (node) => {
  let core: FakeCore;
  let action: Sandbox;
  beforeAll(async () => {
    const { down, allow, badGateway, unavailable, slow, serverError } = plays;
    core = await startFakeCore({
      reset: inTurn(down, allow),
      gateway: inTurn(badGateway, allow),
      unavailable: inTurn(unavailable, allow),
      lateReset: late(500, down),
      lateGateway: late(500, badGateway),
      slowThen: inTurn(down, slow),
      serverError: inTurn(serverError, allow),
      ...Object.fromEntries(
        [400, 401, 403, 404, 409, 422, 429].map((status) => [`s${status}`, inTurn((_, response) => json(response, status, {}), allow)]),
      ),
    });
    action = await startAction(core.origin, { node, set: { STEPWARD_TIMEOUT_MS: '600' } });
  });
  afterAll(async () => {
    action.close();
    await core.close();
  });

  it.each(['reset', 'gateway', 'unavailable'])('after %s: the same, under the same key', async (play) => {
    expect(effectOf(await action.execute(login(`auth0|${play}|${node}`)))).toBe('proceed');
    const [first, second, ...more] = core.about(`auth0|${play}|${node}`);
    expect(more).toEqual([]);
    expect(second).toEqual(first);
  });

  it.each([
    ['down', 'there is no third', 2],
    ['lateReset', 'none where less than a third of the time is left', 1],
    ['lateGateway', 'none where less than a third of the time is left', 1],
    ['slowThen', 'it has what is left of the time', 2],
    ['serverError', 'none after a 500', 1],
  ])('%s: %s', async (play, _, tries) => {
    expect(effectOf(await action.execute(login(`auth0|${play}|${node}`)))).toBe('deny step_up_unavailable');
    expect(core.about(`auth0|${play}|${node}`)).toHaveLength(tries);
  });

  it.each([400, 401, 403, 404, 409, 422, 429])('none after a %i, and the failure policy does not answer for it', async (status) => {
    const event = set(login(`auth0|s${status}|${node}`), { STEPWARD_FAILURE_POLICY: 'allow' });
    expect(effectOf(await action.execute(event))).toBe('deny step_up_unavailable');
    expect(core.about(`auth0|s${status}|${node}`)).toHaveLength(1);
  });
});

describe('a login that could not be decided', () => {
  it('is stamped in tokens and transaction, and the log says so', async () => {
    const core = await startFakeCore();
    const action = await startAction(core.origin, { set: { STEPWARD_FAILURE_POLICY: 'allow' } });
    const effects = await action.execute(login('auth0|down'));
    expect(effects.metadata).toEqual({ stepward_degraded: true });
    const decision = { 'https://app.example/stepward/decision': { degraded: true } };
    expect([effects.idTokenClaims, effects.accessTokenClaims]).toEqual([decision, decision]);
    expect(effects.console).toMatch(/^stepward undecided-allow [0-9a-f-]{36} \d+\n$/);
    // a refresh has no transaction to stamp, and proceeds all the same
    expect((await action.execute({ ...login('auth0|down'), transaction: undefined })).denied).toBeUndefined();
    await core.close();
  });

  it('is told to the server, as a number, once it can be reached', async () => {
    const core = await startFakeCore();
    const action = await startAction(core.origin);
    const run = (play: string, policy: string) => action.execute(set(login(`auth0|${play}`), { STEPWARD_FAILURE_POLICY: policy }));
    await run('down', 'allow');
    await run('down', 'deny');
    await run('serverError', 'fallback');
    const all = await Promise.all([run('allow', 'deny'), run('allow', 'deny')]);
    expect(all.map(effectOf)).toEqual(['proceed', 'proceed']);
    await run('allow', 'deny');
    const told = core.about('auth0|allow').map(({ body }) => (body.context as { readonly undecided?: unknown }).undecided);
    expect(told.filter(Boolean)).toEqual([{ proceeded: 2, refused: 1 }]);
    await core.close();
  });

  it('`fallback` asks for no address and no recovery code, and enrolls nobody', async () => {
    const core = await startFakeCore();
    const action = await startAction(core.origin, { set: { STEPWARD_FAILURE_POLICY: 'fallback' } });
    const withFactors = (...types: readonly string[]) => {
      const event = login('auth0|down');
      return action.execute({ ...event, user: { ...event.user, enrolledFactors: types.map((type) => ({ type })) } });
    };
    expect(effectOf(await withFactors('email', 'phone', 'recovery-code', 'otp'))).toBe('challenge phone otp, degraded');
    for (const types of [[], ['email'], ['recovery-code'], ['email', 'recovery-code'], ['duo']])
      expect(effectOf(await withFactors(...types))).toBe('deny step_up_unavailable');
    await core.close();
  });
});

describe('under the failure policy `deny`', () => {
  it('nothing that a server can answer lets anybody in, but ALLOW to this very request', async () => {
    let answer: Play = () => undefined;
    const core = await startFakeCore({ any: (...given) => answer(...given) });
    const action = await startAction(core.origin, { set: { STEPWARD_TIMEOUT_MS: '500' } });
    const status = fc.oneof(fc.constant(200), fc.integer({ min: 201, max: 599 }));
    const state = fc.oneof(
      fc.constantFrom('ALLOW', 'allow', 'TRUST', 'CHALLENGE_SUCCEEDED', 'REVIEW_SUCCEEDED', 'BLOCK', '', 'toString'),
      fc.jsonValue(),
    );
    const body = fc.oneof(
      fc.record({ state, idempotencyKey: fc.constantFrom('own', 'other'), consumed: fc.boolean() }, { requiredKeys: [] }),
      fc.jsonValue(),
    );
    const situation = fc.constantFrom(...Object.values(situations));
    await fc.assert(
      fc.asyncProperty(status, body, situation, fc.integer({ min: 0, max: 3 }), async (code, given, change, fault) => {
        let isAllow = false;
        answer = (said, response) => {
          if (fault === 3) return void response.socket?.destroy();
          const isRecord = typeof given === 'object' && given !== null && !Array.isArray(given);
          const own = isRecord && 'idempotencyKey' in given && given.idempotencyKey === 'own';
          const whole = own ? { ...given, idempotencyKey: said.body.idempotencyKey } : given;
          isAllow = code === 200 && own && 'state' in given && given.state === 'ALLOW' && !said.path.endsWith('/consume');
          const text = JSON.stringify(whole);
          response.writeHead(code, { 'content-type': 'application/json' });
          if (code === 204 || code === 304) return void response.end();
          isAllow &&= fault !== 2;
          return void response.end(fault === 2 ? text.slice(0, -1) : text);
        };
        core.consume.play = answer;
        const effects = await action.execute(change(login('auth0|any')));
        const hasProceeded = effects.denied === undefined && effects.error === undefined && effects.redirectedTo === undefined;
        expect(hasProceeded).toBe(isAllow);
      }),
      { numRuns: 400 },
    );
    await core.close();
  });
});
