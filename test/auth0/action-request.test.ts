import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FakeCore, json, startFakeCore } from '../support/fake-core.ts';
import type { ActionEvent, Sandbox } from './sandbox/index.ts';
import { effectOf, set, startAction } from './support/action.ts';
import { inTransaction, login, personal, situations } from './support/events.ts';

let core: FakeCore;
let action: Sandbox;
beforeAll(async () => {
  core = await startFakeCore();
  action = await startAction(core.origin);
});
afterAll(() => core.close());

let made = 0;
/** What track was told about this login. */
const told = async (change: (event: ActionEvent) => ActionEvent, configuration: Readonly<Record<string, string>> = {}) => {
  const user = `auth0|allow|${++made}`;
  const effects = await action.execute(set(change(login(user)), configuration));
  const [one] = core.about(user);
  return { effects, path: one?.path ?? '', body: (one?.body ?? {}) as Readonly<Record<string, never>> };
};
const user = (more: Readonly<Record<string, unknown>>) => (event: ActionEvent) => ({ ...event, user: { ...event.user, ...more } });
const request = (more: Readonly<Record<string, unknown>>) => (event: ActionEvent) => ({ ...event, request: { ...event.request, ...more } });
const client = (metadata: Readonly<Record<string, unknown>>) => (event: ActionEvent) => ({
  ...event,
  client: { client_id: 'c', metadata },
});
const methods = (...list: readonly unknown[]) => ({ authentication: { methods: list } });

describe('what track is told', () => {
  it('is this, of a login in a browser', async () => {
    const { body, path } = await told((event) => event);
    expect(path).toMatch(/^\/v1\/users\/auth0%7Callow%7C\d+\/actions\/signIn$/);
    expect(body).toEqual({
      idempotencyKey: expect.stringMatching(/^[0-9a-f-]{36}$/),
      binding: expect.stringMatching(/^[\w-]{43}$/),
      redirectUrl: 'https://login.tenant.example/continue',
      ipAddress: '203.0.113.9',
      userAgent: 'Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0.0.0 Safari/537.36',
      deviceId: '0b6f0f9e-5c1e-4b62-9a2b-3b7b6f1d2a11',
      email: 'ada.lovelace@example.org',
      emailVerified: true,
      phoneNumber: '+4915112345678',
      phoneNumberVerified: true,
      username: 'ada',
      locale: 'de',
      custom: {
        auth0Connection: 'Username-Password-Authentication',
        auth0Strategy: 'auth0',
        auth0Organization: 'org_1',
        auth0Audience: 'https://api.example',
        auth0Scopes: ['openid', 'profile'],
        auth0NewDevice: 'no_match',
        auth0ImpossibleTravel: 'minimal_travel_from_last_login',
        auth0UntrustedIp: 'not_found_on_deny_list',
        auth0Agent: 'unknown',
        auth0Logins: 7,
        auth0AccountAgeDays: expect.any(Number),
        auth0PasswordAgeDays: expect.any(Number),
      },
      context: {
        adapter: 'auth0',
        adapterVersion: expect.stringMatching(/^\d+\.\d+\.\d+/),
        clientId: 'client-1',
        protocol: 'oidc',
        flow: 'interactive',
        canRedirect: true,
        requestedAcr: [],
        maxAge: 3600,
        authenticationMethods: [{ method: 'pwd', at: '2026-11-24T08:00:00.000Z' }],
        hostRisk: { source: 'auth0', level: 'high' },
        geo: { countryCode: 'DE', region: 'Berlin', city: 'Berlin', latitude: 52.5, longitude: 13.4, asn: 64500 },
        tls: { ja3: 'a'.repeat(32), ja4: 't13d1516h2_8daaf6152771_e5627efa2ab1' },
        acceptLanguage: 'de-DE,de;q=0.9',
        roles: ['admin', 'user'],
      },
    });
    const text = JSON.stringify(body);
    for (const one of ['Ada', 'Lovelace', 'picture', 'identities', 'secretWish', 'password:', 'app-state']) expect(text).not.toContain(one);
  });

  it.each([
    ['low', 'high'],
    ['medium', 'medium'],
    ['high', 'low'],
    ['neutral', undefined],
    ['constructor', undefined],
    [undefined, undefined],
  ])('a confidence that is %s is a risk that is %s', async (confidence, level) => {
    const { body } = await told((event) => ({ ...event, authentication: { methods: [], riskAssessment: { confidence } } }));
    expect(body).toMatchObject({ context: level === undefined ? {} : { hostRisk: { source: 'auth0', level } } });
    if (level === undefined) expect(body.context).not.toHaveProperty('hostRisk');
  });

  it.each([false, undefined, null, 'true', 1])('an address that is verified as %s is neither sent nor vouched for', async (verified) => {
    const { body } = await told(user({ email_verified: verified, phone_verified: verified }));
    for (const name of ['email', 'emailVerified', 'phoneNumber', 'phoneNumberVerified']) expect(body).not.toHaveProperty(name);
  });

  it.each([
    ['pwd', [{ name: 'pwd' }], [{ method: 'pwd' }]],
    ['a passkey', [{ name: 'passkey' }], [{ method: 'swk' }]],
    ['a code by SMS', [{ name: 'sms' }], [{ method: 'sms', channel: 'sms' }]],
    ['a phone number', [{ name: 'phone_number' }], [{ method: 'sms', channel: 'sms' }]],
    ['a code by e-mail', [{ name: 'email' }], [{ method: 'otp', channel: 'email' }]],
    ['a factor', [{ name: 'mfa', type: 'webauthn-roaming' }], [{ method: 'mfa' }, { method: 'hwk' }]],
    ['a push', [{ name: 'mfa', type: 'push-notification' }], [{ method: 'mfa' }, { method: 'swk' }]],
    ['a factor that is not known', [{ name: 'mfa', type: 'toString' }], [{ method: 'mfa' }]],
    ['others', [{ name: 'federated' }, { name: 'https://x.example' }, { name: 'constructor' }, { type: 'otp' }, null, 7], []],
  ])('of the methods of Auth0: %s', async (_, given, expected) => {
    const { body } = await told((event) => ({ ...event, ...methods(...given) }));
    expect(body).toMatchObject({ context: { authenticationMethods: expected } });
  });

  it('of many sessions of factors, each kind once with its newest time', async () => {
    const at = (minute: number) => `2026-11-24T08:${String(minute).padStart(2, '0')}:00.000Z`;
    const list = Array.from({ length: 50 }, (_, n) => ({ name: 'mfa', type: 'otp', timestamp: at((n * 7) % 50) }));
    const { body } = await told((event) => ({ ...event, ...methods(...list, { name: 'mfa', type: 'otp', timestamp: 'never' }) }));
    expect(body).toMatchObject({
      context: {
        authenticationMethods: [
          { method: 'mfa', at: at(49) },
          { method: 'otp', at: at(49) },
        ],
      },
    });
  });

  it.each([
    ['a refresh', 'refresh', 'refresh', 'tokenRefresh'],
    ['a password grant', 'password grant', 'direct', 'signIn'],
    ['a token exchange', 'token exchange', 'direct', 'signIn'],
  ])('%s: no address, agent, place or fingerprint, unless the client says that they are the user’s', async (_, situation, flow, code) => {
    const change = situations[situation] ?? ((event: ActionEvent) => event);
    const { body, path } = await told(change);
    expect(path).toMatch(new RegExp(`/actions/${code}$`));
    expect(body).toMatchObject({ context: { flow, canRedirect: false } });
    for (const name of ['ipAddress', 'userAgent', 'redirectUrl']) expect(body).not.toHaveProperty(name);
    for (const name of ['geo', 'tls', 'acceptLanguage']) expect(body.context).not.toHaveProperty(name);
    const asUser = await told((event) => client({ stepward_ip: 'user' })(change(event)));
    expect(asUser.body).toMatchObject({ ipAddress: '203.0.113.9', context: { geo: { countryCode: 'DE' }, tls: { ja3: 'a'.repeat(32) } } });
  });

  it('prompt=none keeps the action of the sign-in: another would be a way round it', async () => {
    const { path, body } = await told((event) => client({ stepward_action: 'bankSignIn' })(situations['prompt=none']?.(event) ?? event));
    expect(path).toMatch(/\/actions\/bankSignIn$/);
    expect(body).toMatchObject({ ipAddress: '203.0.113.9', context: { flow: 'silent', canRedirect: false } });
  });

  it('of protocols, SAML and WS-Federation have names of their own', async () => {
    for (const [protocol, expected] of [
      ['samlp', 'saml'],
      ['wsfed', 'wsfed'],
      ['oidc-hybrid-profile', 'oidc'],
      [undefined, 'oidc'],
    ])
      expect((await told((event) => inTransaction(event, { protocol }))).body).toMatchObject({ context: { protocol: expected } });
  });

  it('a custom domain is followed; a name that is none is not, and no challenge is begun without a way back', async () => {
    expect((await told(request({ hostname: 'id.brand.example' }))).body.redirectUrl).toBe('https://id.brand.example/continue');
    for (const hostname of ['evil.example/x?', 'a b', '', 'user@evil.example', undefined]) {
      expect((await told(request({ hostname }))).body).not.toHaveProperty('redirectUrl');
      const effects = await action.execute(request({ hostname })(login('auth0|challenge|host')));
      expect(effectOf(effects)).toBe('deny step_up_unavailable');
    }
  });

  it.each([
    ['too short', 'short'],
    ['too long', 'x'.repeat(129)],
    ['with other characters', 'abcdefghijklmnop<script>'],
    ['twice', ['0b6f0f9e-5c1e-4b62-9a2b-3b7b6f1d2a11', 'b']],
    ['absent', undefined],
  ])('a device id that is %s is left out', async (_, device_id) => {
    expect((await told(request({ query: { device_id } }))).body).not.toHaveProperty('deviceId');
  });

  it('the device id comes by the parameter that is set', async () => {
    const query = { my_device: 'abcdefghijklmnop' };
    expect((await told(request({ query }), { STEPWARD_DEVICE_PARAM: 'my_device' })).body.deviceId).toBe('abcdefghijklmnop');
  });

  it('what is too long for the server is cut or left out, so that it locks nobody out', async () => {
    const long = 'x'.repeat(100_000);
    const { body } = await told((event) =>
      request({ user_agent: long.slice(0, 9000), language: long, query: { max_age: long, device_id: long } })(
        inTransaction(user({ username: long, email: `${long}@example.org` })(event), {
          acr_values: [long, 'a', ...Array(60).fill('b')],
          locale: long,
        }),
      ),
    );
    expect(String(body.userAgent)).toHaveLength(1024);
    expect(body).toHaveProperty('context.requestedAcr.length', 20);
    for (const name of ['username', 'email', 'locale', 'deviceId']) expect(body).not.toHaveProperty(name);
  });
});

describe('the user id in the path', () => {
  it.each(['auth0|a b', 'auth0|a/b', 'auth0|a?b#c', 'auth0|é', 'auth0|😀', 'auth0|%2e%2e', 'a%2Fb', 'auth0|a\\b', '...', 'auth0|a;b=1'])(
    '%s is one segment',
    async (userId) => {
      const seen = core.said.length;
      await action.execute(login(userId));
      const [one] = core.said.slice(seen);
      const segments = one?.path.split('/') ?? [];
      expect(segments).toHaveLength(6);
      expect(decodeURIComponent(segments[3] ?? '')).toBe(userId);
      expect([segments[2], segments[4], segments[5]]).toEqual(['users', 'actions', 'signIn']);
    },
  );

  it.each(['..', '.', '', 'undefined', 'null', '[object Object]', '\ud800'])('`%s` is refused, under every policy', async (userId) => {
    const seen = core.said.length;
    for (const policy of ['deny', 'allow', 'fallback'])
      expect(effectOf(await action.execute(set(login(userId), { STEPWARD_FAILURE_POLICY: policy })))).toBe('deny step_up_unavailable');
    expect(core.said.length).toBe(seen);
  });
});

/** Every path to a member of the event but the user's id, which alone is guaranteed. */
const pathsOf = (value: unknown, at: readonly string[] = []): readonly (readonly string[])[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([name, member]) => [[...at, name], ...pathsOf(member, [...at, name])])
    : [];
const changed = (value: unknown, [name, ...rest]: readonly string[], to: unknown): unknown => {
  if (name === undefined) return to;
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string, unknown>;
  const inner = changed(copy[name], rest, to);
  if (inner === undefined) delete copy[name];
  else copy[name] = inner;
  return copy;
};

describe('an event in which members are missing or strange', () => {
  const paths = pathsOf(login('x')).filter((path) => !['user', 'user.user_id', 'request', 'transaction.metadata'].includes(path.join('.')));

  it.each(paths.map((path) => path.join('.')))('without %s the login goes its way', async (path) => {
    for (const play of ['allow', 'block']) {
      const event = changed(login(`auth0|${play}|${++made}`), path.split('.'), undefined) as ActionEvent;
      expect(effectOf(await action.execute(event))).toBe(play === 'allow' ? 'proceed' : 'deny access_denied');
    }
  });

  it('strange values are never a throw, and never let in who is blocked', async () => {
    const strange = fc.oneof(fc.jsonValue(), fc.constant(null), fc.constantFrom('__proto__', 'constructor', '', 'x'.repeat(5000)));
    // what turns the Action off, or says what the user is called, is nobody's to choose
    const open = paths.filter(([first, second]) => !(first === 'client' && second === 'metadata'));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.constantFrom(...open), strange), { minLength: 1, maxLength: 4 }), async (changes) => {
        let event: unknown = login('auth0|block');
        for (const [path, value] of changes) {
          try {
            event = changed(event, path, value);
          } catch {
            // a member of something that was changed before
          }
        }
        const effects = await action.execute(event as ActionEvent);
        expect(effects.error).toBeUndefined();
        expect(effects.denied).toMatch(/^(access_denied|step_up_unavailable)$/);
        for (const one of personal) expect(effects.console).not.toContain(one);
      }),
      { numRuns: 300 },
    );
  });
});

describe('settings that are missing or malformed', () => {
  it.each([
    ['STEPWARD_URL', ['', 'stepward.example', 'http://stepward.example', 'ftp://x', 'https://x.example/v1', 'https://u:p@x.example']],
    ['STEPWARD_SERVER_KEY', ['', 'with space', 'line\nbreak']],
    ['STEPWARD_REDIRECT_SECRET', ['', 'short']],
    ['STEPWARD_REDIRECT_SECRET_PREVIOUS', ['short']],
    ['STEPWARD_PAGES_ORIGIN', ['http://pages.example', 'nowhere']],
    ['STEPWARD_ACTION', ['../signIn', 'a b', 'x'.repeat(65)]],
    ['STEPWARD_MODE', ['Redirect', 'both', 'off,redirect']],
    ['STEPWARD_FAILURE_POLICY', ['yes', 'ALLOW', 'allow,deny', 'signIn=maybe', 'signIn=allow,', '=allow', 'signIn=allow;x=deny']],
    ['STEPWARD_TIMEOUT_MS', ['499', '8001', '3s', '-1', '1e3']],
    ['STEPWARD_DEVICE_PARAM', ['a b', '<']],
    ['STEPWARD_SILENT', ['allow', 'true']],
    ['STEPWARD_REVOKE_ON_BLOCK', ['yes', '1']],
    ['STEPWARD_CLAIM_NAMESPACE', ['https://x.auth0.com/a', 'https://webtask.run', 'urn:auth0:x', 'a b']],
  ])('%s: the login is denied and the log names it', async (name, values) => {
    const seen = core.said.length;
    for (const value of values) {
      const bare = await startAction(core.origin, {
        set: { [name]: value, STEPWARD_FAILURE_POLICY: 'allow', ...(name === 'STEPWARD_FAILURE_POLICY' && { [name]: value }) },
      });
      const effects = await bare.execute(login('auth0|allow'));
      expect([value, effectOf(effects)]).toEqual([value, 'deny step_up_unavailable']);
      expect(effects.console).toMatch(new RegExp(`^stepward misconfigured:${name} - `));
    }
    expect(core.said.length).toBe(seen);
  });

  it('nothing set at all: denied', async () => {
    const effects = await (await startAction('', { secrets: {} })).execute(login('auth0|allow'));
    expect(effectOf(effects)).toBe('deny step_up_unavailable');
  });

  it('the failure policy is that of the action, and of the client where it has one', async () => {
    const down = (event: ActionEvent) => ({ ...event, user: { ...event.user, user_id: 'auth0|down' } });
    const policies = { STEPWARD_FAILURE_POLICY: 'signIn=deny,tokenRefresh=allow' };
    const effect = async (event: ActionEvent) => effectOf(await action.execute(set(down(event), policies)));
    expect(await effect(login(''))).toBe('deny step_up_unavailable');
    expect(await effect(situations.refresh?.(login('')) ?? login(''))).toBe('proceed, degraded');
    expect(await effect(client({ stepward_action: 'other' })(login('')))).toBe('deny step_up_unavailable');
    expect(await effect(client({ stepward_failure_policy: 'allow' })(login('')))).toBe('proceed, degraded');
    expect(await effect(client({ stepward_failure_policy: 'always' })(login('')))).toBe('deny step_up_unavailable');
  });

  it('no claim is set without a namespace, and none of Auth0’s own ever', async () => {
    const acrs = await startFakeCore({
      acr: ({ body }, response) => json(response, 200, { idempotencyKey: body.idempotencyKey, state: 'ALLOW', acr: 'a', amr: ['mfa'] }),
    });
    const bare = await startAction(acrs.origin, { set: { STEPWARD_CLAIM_NAMESPACE: '' } });
    const { idTokenClaims, accessTokenClaims, calls } = await bare.execute(login('auth0|acr'));
    expect([idTokenClaims, accessTokenClaims]).toEqual([{}, {}]);
    expect(calls.filter((call) => call.includes('setCustomClaim'))).toEqual([]);
    const named = await (await startAction(acrs.origin)).execute(login('auth0|acr'));
    expect(Object.keys(named.idTokenClaims).sort()).toEqual(
      ['acr', 'amr', 'decision'].map((name) => `https://app.example/stepward/${name}`),
    );
    await acrs.close();
  });
});
