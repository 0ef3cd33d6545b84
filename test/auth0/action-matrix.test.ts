import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { outcomeTable } from '../../core/index.ts';
import { type FakeCore, startFakeCore } from '../support/fake-core.ts';
import type { Sandbox } from './sandbox/index.ts';
import { effectOf, runtimes, set, startAction } from './support/action.ts';
import { browsers, login, situations } from './support/events.ts';

const policies = ['deny', 'allow', 'fallback'] as const;

type Where = { readonly isBrowser: boolean; readonly policy: (typeof policies)[number] };
const always = (effect: string) => () => effect;
const undecided = ({ isBrowser, policy }: Where): string => {
  if (policy === 'allow') return 'proceed, degraded';
  return policy === 'fallback' && isBrowser ? 'challenge otp, degraded' : 'deny step_up_unavailable';
};

/** What must come of each answer and fault of the server. */
const expected: Readonly<Record<string, (where: Where) => string>> = {
  allow: always('proceed'),
  challenge: ({ isBrowser }) => (isBrowser ? 'redirect' : 'deny interaction_required'),
  review: always('deny under_review <ref>'),
  reviewAlias: always('deny under_review <ref>'),
  block: always('deny access_denied'),
  failed: always('deny access_denied'),
  reviewFailed: always('deny access_denied'),
  unknownState: always('deny step_up_unavailable'),
  prototypeState: always('deny step_up_unavailable'),
  foreignKey: always('deny step_up_unavailable'),
  unauthorized: always('deny step_up_unavailable'),
  forbidden: always('deny step_up_unavailable'),
  conflict: always('deny step_up_unavailable'),
  tooMany: always('deny step_up_unavailable'),
  tooManySlow: always('deny step_up_unavailable'),
  html: always('deny step_up_unavailable'),
  empty: always('deny step_up_unavailable'),
  list: always('deny step_up_unavailable'),
  nothing: always('deny step_up_unavailable'),
  huge: always('deny step_up_unavailable'),
  moved: always('deny step_up_unavailable'),
  down: undecided,
  slow: undecided,
  slowBody: undecided,
  cutBody: undecided,
  serverError: undecided,
  badGateway: undecided,
  unavailable: undecided,
};

describe.each(runtimes)('the effect of every answer, situation and failure policy, on Node %s', (node) => {
  let core: FakeCore;
  let action: Sandbox;
  beforeAll(async () => {
    core = await startFakeCore();
    action = await startAction(core.origin, { node, set: { STEPWARD_TIMEOUT_MS: '500' } });
  });
  afterAll(async () => {
    action.close();
    await core.close();
  });

  it.each(Object.keys(expected))('%s', async (play) => {
    const cases = Object.keys(situations).flatMap((situation) => policies.map((policy) => ({ situation, policy })));
    const found = await Promise.all(
      cases.map(async ({ situation, policy }) => {
        const event = situations[situation]?.(login(`auth0|${play}|${situation}`));
        if (!event) throw new Error('no such situation');
        return effectOf(await action.execute(set(event, { STEPWARD_FAILURE_POLICY: policy })));
      }),
    );
    const shown = (effects: readonly (string | undefined)[]) =>
      cases.map(({ situation, policy }, n) => `${situation}, ${policy}: ${effects[n]}`);
    const wanted = cases.map(({ situation, policy }) => expected[play]?.({ isBrowser: browsers.has(situation), policy }));
    expect(shown(found)).toEqual(shown(wanted));
  });

  it('a server that nobody listens at is a server that is down', async () => {
    for (const policy of policies) {
      const event = set(login('auth0|allow'), { STEPWARD_URL: 'http://127.0.0.1:9', STEPWARD_FAILURE_POLICY: policy });
      expect(effectOf(await action.execute(event))).toBe(undecided({ isBrowser: true, policy }));
    }
  });

  it('an allowed login is one call, and one line of log', async () => {
    const effects = await action.execute(login('auth0|allow|once'));
    expect(core.about('auth0|allow|once')).toHaveLength(1);
    expect(effects.console).toMatch(/^stepward allowed [0-9a-f-]{36} \d+\n$/);
    expect(effects.calls.filter((call) => !call.endsWith('setCustomClaim'))).toEqual(['redirect.canRedirect']);
  });
});

describe('the outcome table, as the Action follows it', () => {
  it('has no state that no case is about', () => {
    const covered = ['ALLOW', 'CHALLENGE_REQUIRED', 'REVIEW_REQUIRED', 'BLOCK', 'CHALLENGE_FAILED', 'REVIEW_FAILED'];
    // these two never come from track without a `challengeId`, which the Action never sends
    expect(Object.keys(outcomeTable).sort()).toEqual([...covered, 'CHALLENGE_SUCCEEDED', 'REVIEW_SUCCEEDED'].sort());
  });
});

describe('silent sign-in with STEPWARD_SILENT=redirect', () => {
  it('is left to Auth0, which answers that a user is needed; nothing else changes', async () => {
    const core = await startFakeCore();
    const action = await startAction(core.origin, { set: { STEPWARD_SILENT: 'redirect' } });
    const silent = (user: string) => situations['prompt=none']?.(login(user)) ?? login(user);
    const effects = await action.execute(silent('auth0|challenge'));
    expect([effectOf(effects), effects.calls.at(-1)]).toEqual(['error interaction_required', 'redirect.sendUserTo']);
    expect(effectOf(await action.execute(silent('auth0|block')))).toBe('deny access_denied');
    const refresh = situations.refresh?.(login('auth0|challenge')) ?? login('');
    expect(effectOf(await action.execute(refresh))).toBe('deny interaction_required');
    await core.close();
  });
});

describe('a blocked user', () => {
  it('loses the session of Auth0 where it is set so and can be; nobody else does', async () => {
    const core = await startFakeCore();
    const action = await startAction(core.origin, { set: { STEPWARD_REVOKE_ON_BLOCK: 'true' } });
    expect((await action.execute(login('auth0|block'))).revoked).toBe('access_denied');
    expect((await action.execute(login('auth0|review'))).revoked).toBeUndefined();
    expect((await action.execute(set(login('auth0|block'), { STEPWARD_REVOKE_ON_BLOCK: 'false' }))).revoked).toBeUndefined();
    await core.close();
  });

  it('and one under review, without a factor: no redirect, no enrollment, in both modes', async () => {
    const core = await startFakeCore();
    const action = await startAction(core.origin);
    for (const mode of ['redirect', 'native'])
      for (const play of ['block', 'review']) {
        const event = login(`auth0|${play}`);
        const bare = set({ ...event, user: { ...event.user, enrolledFactors: [] } }, { STEPWARD_MODE: mode });
        const effects = await action.execute(bare);
        expect(effects.calls.at(-1)).toBe('access.deny');
        expect(effects.calls.filter((call) => /sendUserTo|challenge|enroll|setMetadata/.test(call))).toEqual([]);
      }
    await core.close();
  });
});
