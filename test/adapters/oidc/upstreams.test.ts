import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { UpstreamStart } from '../../../adapters/oidc/upstream.ts';
import { createUpstreamBrowser } from '../../support/upstream-browser.ts';
import { labClient, publicUrl, type UpstreamSide, upstreamSide } from '../../support/upstream-client.ts';
import { startUpstream, type UpstreamProvider, upstreamUsers } from '../../support/upstream-provider.ts';

const clients = [
  labClient(),
  labClient({ id: 'posting', authMethod: 'client_secret_post' }),
  labClient({ id: 'public', authMethod: 'none' }),
];
const users = { ...upstreamUsers, olga: { ...upstreamUsers.alice, age: 3600 } };
let lab: UpstreamProvider;
let pushed: UpstreamProvider;
let side: UpstreamSide;
beforeAll(async () => {
  [lab, pushed, side] = await Promise.all([
    startUpstream({ clients, users }),
    startUpstream({ clients, users, par: true }),
    upstreamSide(),
  ]);
});
afterEach(() => {
  lab.faults.clear();
  side.logs.length = 0;
});
afterAll(() => Promise.all([lab.close(), pushed.close(), side.close()]));

const asked = (): Record<string, string> =>
  Object.fromEntries(lab.requests('authorization').findLast(({ query }) => query.has('client_id'))?.query ?? []);

describe('a sign-in at an upstream', () => {
  it('comes back with what the provider says of the user, and nothing of the protocol', async () => {
    const upstream = side.record(lab);
    const began = Math.floor(Date.now() / 1000) * 1000;
    const back = await createUpstreamBrowser().signIn(await side.upstreams.begin(upstream, { uid: 'interaction-1' }), 'alice');
    expect(back.href).toMatch(`${publicUrl}/oidc/callback/corp?`);
    expect(await side.upstreams.interactionOf('corp', back.searchParams.get('state') ?? '')).toBe('interaction-1');

    const login = await side.upstreams.finish(upstream, 'interaction-1', back.searchParams);
    expect(side.logs).toEqual([]);
    expect(login).toEqual({
      upstream: 'corp',
      iss: lab.issuer,
      sub: 'alice',
      sid: expect.any(String),
      acr: 'urn:lab:password',
      amr: ['pwd'],
      at: expect.any(Number),
      claims: { email: 'alice@example.org', email_verified: true, name: 'Alice Adams', preferred_username: 'alice' },
      idToken: expect.any(String),
    });
    expect(login.at).toBeGreaterThanOrEqual(began);
  });

  it.each(['corp', 'posting', 'public'])('authenticates as the record says (%s)', async (id) => {
    const { token_endpoint_auth_method: authMethod } = clients.find(({ client_id: name }) => name === `stepward-${id}`) ?? labClient();
    const upstream = side.record(lab, { id, authMethod });
    expect((await side.upstreams.finish(upstream, 'uid-1', await side.goTo(upstream, 'bob'))).sub).toBe('bob');
    const { authorization } = lab.requests('token').at(-1)?.headers ?? {};
    expect(authorization?.split(' ')[0]).toBe(authMethod === 'client_secret_basic' ? 'Basic' : undefined);
  });

  it('pushes its request where the provider takes pushed ones', async () => {
    const upstream = side.record(pushed);
    expect((await side.upstreams.finish(upstream, 'uid-1', await side.goTo(upstream, 'alice'))).sub).toBe('alice');
    expect(pushed.requests('par')).toHaveLength(1);
    expect([...(pushed.requests('authorization')[0]?.query.keys() ?? [])].sort()).toEqual(['client_id', 'request_uri']);
  });

  it('asks with PKCE, and with a state and a nonce that are new each time', async () => {
    const upstream = side.record(lab);
    const urls = await Promise.all([1, 2].map(() => side.upstreams.begin(upstream, { uid: 'uid-1' })));
    const [one = {}, two = {}] = urls.map((url) => Object.fromEntries(new URL(url).searchParams) as Record<string, string>);
    expect(one).toEqual({
      client_id: 'stepward-corp',
      redirect_uri: `${publicUrl}/oidc/callback/corp`,
      response_type: 'code',
      scope: 'openid profile email',
      code_challenge_method: 'S256',
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
    });
    for (const name of ['code_challenge', 'state', 'nonce']) expect(one[name]).not.toBe(two[name]);
  });

  const acrMap = { 'urn:stepward:aal2': 'urn:lab:mfa', phr: 'urn:lab:mfa', 'urn:stepward:aal1': 'urn:lab:password' };
  const forwarded: readonly (readonly [string, Partial<UpstreamStart>, Record<string, string>])[] = [
    ['login_hint', { loginHint: 'alice@example.org' }, { login_hint: 'alice@example.org' }],
    ['ui_locales', { uiLocales: 'de fr' }, { ui_locales: 'de fr' }],
    ['max_age', { maxAge: 0 }, { max_age: '0' }],
    ['prompt=login', { prompt: 'consent login' }, { prompt: 'login' }],
    ['no other prompt', { prompt: 'none' }, {}],
    [
      'acr_values by its map, in order and once each',
      { acrValues: ['phr', 'urn:stepward:aal2', 'constructor', 'phrh', 'urn:stepward:aal1'] },
      { acr_values: 'urn:lab:mfa urn:lab:password' },
    ],
    ['no acr_values that it does not map', { acrValues: ['phrh', '__proto__'] }, {}],
    ['no foreign id_token_hint', { idTokenHint: 'x.e30.x' }, {}],
  ];
  it.each(forwarded)('forwards %s', async (_, start, expected) => {
    const upstream = side.record(lab, { acrMap });
    const own = new Set([
      'client_id',
      'redirect_uri',
      'response_type',
      'scope',
      'code_challenge',
      'code_challenge_method',
      'state',
      'nonce',
    ]);
    const url = new URL(await side.upstreams.begin(upstream, { uid: 'uid-1', ...start }));
    expect(Object.fromEntries([...url.searchParams].filter(([name]) => !own.has(name)))).toEqual(expected);
  });

  it('forwards an id_token_hint of its own', async () => {
    const upstream = side.record(lab);
    const { idToken } = await side.upstreams.finish(upstream, 'uid-1', await side.goTo(upstream, 'alice'));
    await side.goTo(upstream, 'alice', { idTokenHint: idToken });
    expect(asked().id_token_hint).toBe(idToken);
  });
});

describe('what an upstream says of a user', () => {
  it('is not asked of userinfo where no scope asks for claims, or where there is no such place', async () => {
    const before = lab.requests('userinfo').length;
    const bare = side.record(lab, { scopes: ['openid'] });
    expect((await side.upstreams.finish(bare, 'uid-1', await side.goTo(bare, 'alice'))).claims).toEqual({});
    lab.faults.use({ at: 'discovery', changes: { userinfo_endpoint: undefined } });
    const without = side.record(lab);
    expect((await side.upstreams.finish(without, 'uid-1', await side.goTo(without, 'alice'))).claims).toEqual({});
    expect(lab.requests('userinfo')).toHaveLength(before);
  });

  it('does not become a prototype of anything', async () => {
    const changes = JSON.parse('{"__proto__":{"email_verified":true},"constructor":{"prototype":{"email_verified":true}}}');
    lab.faults.use({ idToken: changes }, ...(['discovery', 'token', 'userinfo', 'jwks'] as const).map((at) => ({ at, changes })));
    const upstream = side.record(lab);
    const { claims } = await side.upstreams.finish(upstream, 'uid-1', await side.goTo(upstream, 'bob'));
    expect(claims).toMatchObject({ email: 'bob@example.org', email_verified: false });
    expect(Object.keys(claims)).not.toContain('__proto__');
    expect('email_verified' in {}).toBe(false);
  });

  it('has methods that are text, and nothing else among them', async () => {
    const upstream = side.record(lab);
    lab.faults.use({ idToken: { amr: ['pwd', 7, null, '', { mfa: true }, 'x'.repeat(65), 'otp'], acr: ['urn:lab:mfa'] } });
    expect(await side.upstreams.finish(upstream, 'uid-1', await side.goTo(upstream, 'alice'))).toMatchObject({
      amr: ['pwd', 'otp'],
      acr: undefined,
    });
    lab.faults.clear();
    lab.faults.use({ idToken: { amr: 'mfa' } });
    expect((await side.upstreams.finish(upstream, 'uid-1', await side.goTo(upstream, 'alice'))).amr).toEqual([]);
  });

  it('is dated by its `auth_time`, else by the ID token, and never later than now', async () => {
    const upstream = side.record(lab);
    const old = await side.upstreams.finish(upstream, 'uid-1', await side.goTo(upstream, 'olga'));
    expect(old.at).toBeLessThanOrEqual(Date.now() - 3_600_000);
    const iat = Math.floor(Date.now() / 1000) - 5;
    lab.faults.use({ idToken: { auth_time: undefined, iat } });
    expect((await side.upstreams.finish(upstream, 'uid-1', await side.goTo(upstream, 'olga'))).at).toBe(iat * 1000);
    lab.faults.use({ idToken: { iat: iat + 25 } });
    expect((await side.upstreams.finish(upstream, 'uid-1', await side.goTo(upstream, 'olga'))).at).toBeLessThanOrEqual(Date.now());
  });
});

describe('how old a sign-in may be', () => {
  const cases: readonly (readonly [string, string, Partial<UpstreamStart>, boolean])[] = [
    ['anything, where nothing is asked', 'olga', {}, true],
    ['as old as `max_age`', 'olga', { maxAge: 7200 }, true],
    ['not older than `max_age`', 'olga', { maxAge: 600 }, false],
    ['not older than the request, under `max_age=0`', 'olga', { maxAge: 0 }, false],
    ['new under `max_age=0`', 'alice', { maxAge: 0 }, true],
    ['not older than the request, under `prompt=login`', 'olga', { prompt: 'login' }, false],
    ['new under `prompt=login`', 'alice', { prompt: 'login' }, true],
  ];
  it.each(cases)('%s', async (_, user, start, accepted) => {
    const upstream = side.record(lab);
    const back = await side.goTo(upstream, user, start);
    // somebody takes their time: `max_age` is measured from when it was asked for
    side.pass(45_000);
    const login = side.upstreams.finish(upstream, 'uid-1', back).finally(() => side.pass(-45_000));
    if (accepted) expect((await login).sub).toBe(user);
    else await expect(login).rejects.toMatchObject({ error: 'temporarily_unavailable' });
    expect(side.logs.join()).toMatch(accepted ? /^$/ : /older than was asked for/);
  });

  it.each<[string, Partial<UpstreamStart>, number]>([
    ['max_age=0', { maxAge: 0 }, 0],
    ['max_age', { maxAge: 5 }, 5],
    ['prompt=login', { prompt: 'login', maxAge: 600 }, 0],
  ])('a clock that is behind makes it no older than was asked for: %s', async (_, start, maxAge) => {
    const upstream = side.record(lab);
    const began = Date.now();
    lab.faults.use({ idToken: { auth_time: Math.floor(began / 1000) - 20 } });
    const { at } = await side.upstreams.finish(upstream, 'uid-1', await side.goTo(upstream, 'alice', start));
    expect(at).toBeGreaterThanOrEqual(began - maxAge * 1000);
    expect(at).toBeLessThanOrEqual(Date.now());
  });

  it('is not left unsaid where it was asked for', async () => {
    const upstream = side.record(lab);
    lab.faults.use({ idToken: { auth_time: undefined } });
    await expect(side.upstreams.finish(upstream, 'uid-1', await side.goTo(upstream, 'alice', { maxAge: 600 }))).rejects.toMatchObject({
      error: 'temporarily_unavailable',
    });
    expect(side.logs.join()).toMatch(/no `auth_time`/);
  });
});

describe('what the application hears of a failure', () => {
  it('the user cancelled: access_denied', async () => {
    const upstream = side.record(lab);
    await expect(side.upstreams.finish(upstream, 'uid-1', await side.goTo(upstream))).rejects.toMatchObject({ error: 'access_denied' });
  });

  it.each(['server_error', 'login_required', 'invalid_scope', 'interaction_required', 'x\nforged log line'])(
    'the provider answered %j: temporarily_unavailable',
    async (error) => {
      const upstream = side.record(lab);
      lab.faults.use({ response: { code: undefined, error, error_description: 'secret internals' } });
      await expect(side.upstreams.finish(upstream, 'uid-1', await side.goTo(upstream, 'alice'))).rejects.toMatchObject({
        error: 'temporarily_unavailable',
        message: 'the identity provider cannot be used',
      });
      expect(side.logs).toHaveLength(1);
      expect(side.logs[0]).toContain(error.includes('\n') ? '(unreadable)' : `(${error})`);
      expect(side.logs[0]).not.toMatch(/secret internals|\n/);
    },
  );
});

describe('the end of a session at an upstream', () => {
  const ask = { idToken: 'a.b.c', returnTo: `${publicUrl}/oidc/logged-out`, state: 'over' };
  it('has an address with what the provider needs', async () => {
    const url = new URL((await side.upstreams.endSession(side.record(lab), ask)) ?? '');
    expect(`${url.origin}${url.pathname}`).toBe(`${lab.issuer}/session/end`);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: 'stepward-corp',
      id_token_hint: ask.idToken,
      post_logout_redirect_uri: ask.returnTo,
      state: 'over',
    });
  });

  it('is left alone where the record says so, or where the provider has no such place', async () => {
    expect(await side.upstreams.endSession(side.record(lab, { endSession: false }), ask)).toBeUndefined();
    lab.faults.use({ at: 'discovery', changes: { end_session_endpoint: undefined } });
    expect(await side.upstreams.endSession(side.record(lab), ask)).toBeUndefined();
  });
});
