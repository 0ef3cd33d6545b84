import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type FakeCore, json, type Play, plays, startFakeCore } from '../support/fake-core.ts';
import type { Sandbox } from './sandbox/index.ts';
import { effectOf, redirectSecret, runtimes, set, startAction } from './support/action.ts';
import { login, personal } from './support/events.ts';
import { begin, comeBack, returnToken, type TokenParts } from './support/return-token.ts';

const consumed: Play = ({ path }, response) => {
  const [, , , userId = '', , action = '', idempotencyKey] = path.split('/');
  json(response, 200, {
    consumed: true,
    state: 'CHALLENGE_SUCCEEDED',
    userId: decodeURIComponent(userId),
    action,
    idempotencyKey,
    acr: 'urn:stepward:aal2',
    amr: ['otp', 'mfa'],
  });
};
const refused =
  (status: number, error: string): Play =>
  (_, response) =>
    json(response, status, { error, errorCode: error, state: 'CHALLENGE_REQUIRED' });

describe.each(runtimes)('the way back, on Node %s', (node) => {
  let core: FakeCore;
  let action: Sandbox;
  beforeAll(async () => {
    core = await startFakeCore();
    action = await startAction(core.origin, { node, set: { STEPWARD_TIMEOUT_MS: '600' } });
  });
  afterAll(async () => {
    action.close();
    await core.close();
  });
  beforeEach(() => {
    core.consume.play = consumed;
  });
  const consumes = (instance: string) => core.said.filter(({ path }) => path.endsWith(`/${instance}/consume`));

  it('goes by the page with a signed token that names the instance and no person', async () => {
    const { effects, instance } = await begin(action, login('auth0|challenge|out'));
    const at = new URL(effects.redirectedTo ?? '');
    expect([at.origin, at.pathname, at.searchParams.get('c')]).toEqual([core.origin, '/challenge', '0123456789abcdef']);
    const claims = JSON.parse(Buffer.from((at.searchParams.get('session_token') ?? '').split('.')[1] ?? '', 'base64url').toString());
    const { iat, exp, ...others } = claims;
    expect(others).toEqual({ sub: 'auth0|challenge|out', iss: 'login.tenant.example', ip: '203.0.113.9', instance });
    expect(exp - iat).toBe(300);
    for (const text of [at.href, JSON.stringify(claims), effects.console]) for (const one of personal) expect(text).not.toContain(one);
    expect(Object.keys(effects.metadata).sort()).toEqual(['stepward_action', 'stepward_instance', 'stepward_nonce']);
    expect(Buffer.from(String(effects.metadata.stepward_nonce), 'base64url')).toHaveLength(16);
  });

  it('the core is asked, server to server, with user, action, instance, binding, ticket and a key', async () => {
    const begun = await begin(action, login('auth0|challenge|back'));
    const effects = await comeBack(action, begun, returnToken(begun));
    expect(effectOf(effects)).toBe('proceed');
    const [one, ...more] = consumes(begun.instance);
    expect(more).toEqual([]);
    expect(one?.path).toBe(`/v1/users/auth0%7Cchallenge%7Cback/actions/signIn/${begun.instance}/consume`);
    const nonce = begun.effects.metadata.stepward_nonce;
    const binding = createHash('sha256')
      .update(`stepward-auth0-v1\ntenant-1\ntransaction-auth0|challenge|back\n${nonce}`)
      .digest('base64url');
    expect(one?.body).toEqual({
      binding,
      ticket: 'ticket-1',
      consumeKey: expect.stringMatching(/^[0-9a-f-]{36}$/),
      ipAddress: '198.51.100.4',
      userAgent: 'Other/1.0',
    });
    expect(core.about('auth0|challenge|back')[0]?.body).toMatchObject({ binding, redirectUrl: 'https://login.tenant.example/continue' });
    expect(effects.recordedMethods).toEqual([`${core.origin}/auth0`]);
    expect(effects.metadata).toEqual({});
    const claims = {
      'https://app.example/stepward/acr': 'urn:stepward:aal2',
      'https://app.example/stepward/amr': ['otp', 'mfa'],
      'https://app.example/stepward/decision': { state: 'CHALLENGE_SUCCEEDED', degraded: false },
    };
    expect([effects.idTokenClaims, effects.accessTokenClaims]).toEqual([claims, claims]);
  });

  it.each<[string, TokenParts]>([
    ['another user', { claims: { sub: 'auth0|other' } }],
    ['another state', { claims: { state: 'other' } }],
    ['no state', { claims: { state: undefined } }],
    ['expired', { claims: { exp: 1 } }],
    ['alg none', { header: { alg: 'none', typ: 'JWT' }, secret: '' }],
    ['another secret', { secret: 'another-secret-of-thirty-two-bytes-9' }],
    ['no typ', { header: { alg: 'HS256' } }],
    ['another instance', { claims: { instance: '0b6f0f9e-5c1e-4b62-9a2b-3b7b6f1d2a11' } }],
    ['no instance', { claims: { instance: undefined } }],
    ['an instance that is no text', { claims: { instance: ['x'] } }],
  ])('a token with %s: denied, and nothing is used up', async (_, parts) => {
    const begun = await begin(action, login('auth0|challenge|bad'));
    const effects = await comeBack(action, begun, returnToken(begun, parts));
    expect(effectOf(effects)).toBe('deny step_up_failed');
    expect([consumes(begun.instance), effects.recordedMethods]).toEqual([[], []]);
  });

  it('the session token is no return token', async () => {
    const begun = await begin(action, login('auth0|challenge|mirror'));
    const mirrored = new URL(begun.effects.redirectedTo ?? '').searchParams.get('session_token') ?? '';
    expect(effectOf(await comeBack(action, begun, mirrored))).toBe('deny step_up_failed');
    expect(consumes(begun.instance)).toEqual([]);
  });

  it('the token of an older challenge of the same user: denied', async () => {
    const old = await begin(action, login('auth0|challenge|again'));
    const now = await begin(action, login('auth0|challenge|again'));
    const token = returnToken(old, { claims: { state: now.effects.state } });
    expect(effectOf(await comeBack(action, now, token))).toBe('deny step_up_failed');
    expect([consumes(old.instance), consumes(now.instance)]).toEqual([[], []]);
  });

  it('a GET, and a token in the address of a POST: denied', async () => {
    const begun = await begin(action, login('auth0|challenge|get'));
    const token = returnToken(begun);
    const query = { state: begun.effects.state ?? '', stepward_token: token };
    expect(effectOf(await comeBack(action, begun, token, { method: 'GET', query, body: {} }))).toBe('deny step_up_failed');
    expect(effectOf(await comeBack(action, begun, token, { query }))).toBe('deny step_up_failed');
    expect(consumes(begun.instance)).toEqual([]);
  });

  it.each([
    ['no metadata', {}],
    ['no instance', { stepward_nonce: 'n', stepward_action: 'signIn' }],
    ['an instance that is no text', { stepward_instance: 1, stepward_nonce: 'n', stepward_action: 'signIn' }],
    ['no nonce', { stepward_action: 'signIn' }],
  ])('%s at Auth0: denied, and nothing is used up', async (_, metadata) => {
    const begun = await begin(action, login('auth0|challenge|kept'));
    const kept = 'stepward_nonce' in metadata ? metadata : { ...metadata, stepward_instance: begun.instance };
    const event = { ...begun.event, transaction: { ...begun.event.transaction, metadata: _ === 'no metadata' ? {} : kept } };
    expect(effectOf(await comeBack(action, { ...begun, event }, returnToken(begun)))).toBe('deny step_up_failed');
    expect(consumes(begun.instance)).toEqual([]);
  });

  it('no transaction on the way back: denied', async () => {
    const begun = await begin(action, login('auth0|challenge|lost'));
    const event = { ...begun.event, transaction: undefined };
    expect(effectOf(await comeBack(action, { ...begun, event }, returnToken(begun)))).toBe('deny step_up_failed');
    expect(consumes(begun.instance)).toEqual([]);
  });

  it.each<[string, Play, string]>([
    ['unknown', refused(404, 'not_found'), 'deny step_up_failed'],
    ['pending', refused(409, 'challenge_pending'), 'deny step_up_failed'],
    ['failed', refused(409, 'challenge_failed'), 'deny step_up_failed'],
    ['expired', refused(409, 'challenge_expired'), 'deny step_up_failed'],
    ['of another login', refused(409, 'binding_mismatch'), 'deny step_up_failed'],
    ['of another browser', refused(409, 'ticket_mismatch'), 'deny step_up_failed'],
    ['too weak', refused(409, 'assurance_unmet'), 'deny step_up_failed'],
    ['used already', refused(409, 'already_consumed'), 'deny step_up_failed'],
    ['blocked', refused(409, 'blocked'), 'deny step_up_failed'],
    ['under review', refused(409, 'under_review'), 'deny under_review <ref>'],
    ['with a key that is none', refused(401, 'unauthorized'), 'deny step_up_unavailable'],
    ['asked too often', refused(429, 'too_many_requests'), 'deny step_up_unavailable'],
    ['lost', refused(500, 'internal_error'), 'deny step_up_unavailable'],
    ['an answer that is none', plays.html ?? consumed, 'deny step_up_unavailable'],
    [
      'an answer that says no',
      ({ path }, response) =>
        json(response, 200, { consumed: false, userId: decodeURIComponent(path.split('/')[3] ?? ''), idempotencyKey: path.split('/')[6] }),
      'deny step_up_unavailable',
    ],
    ['an answer about another', (_, response) => json(response, 200, { consumed: true, userId: 'other' }), 'deny step_up_unavailable'],
    ['down', plays.down ?? consumed, 'deny step_up_unavailable'],
    ['slow', plays.slow ?? consumed, 'deny step_up_unavailable'],
  ])('the core says it is %s: denied under every failure policy, and nothing recorded', async (_, play, effect) => {
    core.consume.play = play;
    for (const policy of ['deny', 'allow', 'fallback']) {
      const begun = await begin(action, set(login('auth0|challenge|no'), { STEPWARD_FAILURE_POLICY: policy }));
      const effects = await comeBack(action, begun, returnToken(begun));
      expect(effectOf(effects)).toBe(effect);
      expect([effects.recordedMethods, effects.idTokenClaims]).toEqual([[], {}]);
    }
  });

  it('a lost answer is asked for again with the same key; the next return has another', async () => {
    const begun = await begin(action, login('auth0|challenge|twice'));
    core.consume.play = (said, response, origin) => (said.nth === 1 ? response.socket?.destroy() : consumed(said, response, origin));
    expect(effectOf(await comeBack(action, begun, returnToken(begun)))).toBe('proceed');
    await comeBack(action, begun, returnToken(begun));
    const keys = consumes(begun.instance).map(({ body }) => body.consumeKey);
    expect(keys).toEqual([keys[0], keys[0], expect.not.stringMatching(`^${keys[0]}$`)]);
  });

  it('during a rotation the secret before still opens what it signed; the new one signs', async () => {
    const next = 'redirect-secret-of-thirty-two-bytes-2';
    const begun = await begin(action, login('auth0|challenge|rotated'));
    const rotating = set(begun.event, { STEPWARD_REDIRECT_SECRET: next, STEPWARD_REDIRECT_SECRET_PREVIOUS: redirectSecret });
    expect(effectOf(await comeBack(action, { ...begun, event: rotating }, returnToken(begun)))).toBe('proceed');
    expect(effectOf(await comeBack(action, { ...begun, event: rotating }, returnToken(begun, { secret: next })))).toBe('proceed');
    const rotated = set(begun.event, { STEPWARD_REDIRECT_SECRET: next });
    expect(effectOf(await comeBack(action, { ...begun, event: rotated }, returnToken(begun)))).toBe('deny step_up_failed');
  });

  it('the action that was asked about is the one that is used up, whatever is set meanwhile', async () => {
    const begun = await begin(action, set(login('auth0|challenge|action'), { STEPWARD_ACTION: 'pay' }));
    const event = set(begun.event, { STEPWARD_ACTION: 'other' });
    await comeBack(action, { ...begun, event }, returnToken(begun));
    expect(consumes(begun.instance)[0]?.path).toContain('/actions/pay/');
  });

  it('a page that is not where the pages are: nobody is sent there', async () => {
    for (const url of ['https://evil.example/challenge?c=1', `${core.origin}.evil.example/?c=1`, 'javascript:alert(1)//?', '', 7])
      expect(await effectAt(url)).toBe('deny step_up_unavailable');
    expect(await effectAt('https://pages.example/challenge?c=1', { STEPWARD_PAGES_ORIGIN: 'https://pages.example/' })).toBe('redirect');
  });
  const effectAt = async (url: unknown, configuration: Readonly<Record<string, string>> = {}) => {
    const other = await startFakeCore({
      elsewhere: ({ body }, response) => json(response, 200, { idempotencyKey: body.idempotencyKey, state: 'CHALLENGE_REQUIRED', url }),
    });
    const event = set(login('auth0|elsewhere'), { STEPWARD_URL: other.origin, STEPWARD_PAGES_ORIGIN: core.origin, ...configuration });
    const effects = await action.execute(event);
    await other.close();
    return effectOf(effects);
  };
});

describe('what the next login says of a challenge that was passed', () => {
  it('is found by its name, and its age is told', async () => {
    const core = await startFakeCore();
    core.consume.play = consumed;
    const action = await startAction(core.origin);
    const begun = await begin(action, login('auth0|challenge|first'));
    const { recordedMethods } = await comeBack(action, begun, returnToken(begun));
    const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();
    const methods = [
      { name: recordedMethods[0], timestamp: ago(7200) },
      { name: recordedMethods[0], timestamp: ago(600) },
      { name: 'https://other.example/auth0', timestamp: ago(5) },
      { name: 'mfa', type: 'otp', timestamp: ago(1200) },
    ];
    await action.execute({ ...login('auth0|allow|next'), authentication: { methods } });
    const custom = core.about('auth0|allow|next')[0]?.body.custom as Record<string, number>;
    expect(Math.round((custom.auth0StepwardAge ?? 0) / 10)).toBe(60);
    expect(Math.round((custom.auth0MfaAge ?? 0) / 10)).toBe(120);
    await action.execute(login('auth0|allow|none'));
    expect(core.about('auth0|allow|none')[0]?.body.custom).not.toHaveProperty('auth0StepwardAge');
    await core.close();
  });
});

describe('one warm instance', () => {
  it('serves many users at once, and nothing crosses', async () => {
    const core = await startFakeCore();
    core.consume.play = consumed;
    const action = await startAction(core.origin);
    const users = Array.from({ length: 30 }, (_, n) => `auth0|${n % 3 === 0 ? 'block' : 'challenge'}|${n}`);
    const all = await Promise.all(
      users.map(async (user, n) => {
        const event = set(login(user), { STEPWARD_ACTION: `action${n % 7}`, STEPWARD_SERVER_KEY: `key-${n}` });
        if (n % 3 === 0) return effectOf(await action.execute(event));
        const begun = await begin(action, event);
        return effectOf(await comeBack(action, begun, returnToken(begun)));
      }),
    );
    expect(all).toEqual(users.map((_, n) => (n % 3 === 0 ? 'deny access_denied' : 'proceed')));
    for (const [n, user] of users.entries())
      for (const { authorization, path, body } of core.about(user)) {
        expect(authorization).toBe(`Basic ${btoa(`key-${n}:`)}`);
        expect(path).toContain(`/actions/action${n % 7}`);
        if (!path.endsWith('/consume')) expect(body.username).toBe('ada');
      }
    expect(new Set(core.said.map(({ body }) => body.binding)).size).toBe(30);
    await core.close();
  });
});
