import fc from 'fast-check';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import * as openid from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, clientSecret, type OidcWorld, outcomeOf, redirectUri, signIn, startOidcWorld } from '../support/oidc.ts';
import { type RawAnswer, type RawRequest, rawRequest } from '../support/raw-http.ts';
import redirects from '../vectors/redirects.json' with { type: 'json' };
import registered from '../vectors/registered-uris.json' with { type: 'json' };

const isLong = process.env.STEPWARD_LONG_TESTS === '1';
const form = ['Content-Type', 'application/x-www-form-urlencoded'] as const;
const basic = (id: string, secret: string) => ['Authorization', `Basic ${btoa(`${id}:${secret}`)}`] as const;

let world: OidcWorld;
const uris = [
  'https://good.example/back',
  'https://good.example:8443/back',
  'http://localhost:3000/back',
  'http://127.0.0.1:3000/back',
  'myapp://back',
];

beforeAll(async () => {
  // each request comes from an address of its own, so that limits do not stand before what is tried
  world = await startOidcWorld({ variables: { STEPWARD_TRUSTED_PROXIES: '127.0.0.1,::1' } });
  await world.served.configure('signIn', { defaultUserActionResult: 'ALLOW' });
  await world.served.configure('tokenRefresh', { defaultUserActionResult: 'ALLOW' });
  await world.served.configure('always', { defaultUserActionResult: 'CHALLENGE' });
  await world.register();
  await world.register({ clientId: 'other' });
  await world.register({ clientId: 'challenged', action: 'always' });
  await world.register({ clientId: 'many', redirectUris: uris, postLogoutRedirectUris: uris });
  await world.register({ clientId: 'public', authMethod: 'none', secrets: [], redirectUris: ['http://127.0.0.1/cb'] });
});
afterAll(() => world?.end());

let count = 0;
const send = (request: RawRequest): Promise<RawAnswer> => {
  count += 1;
  const address = `198.${18 + (count >> 16)}.${(count >> 8) & 255}.${count & 255}`;
  return rawRequest(world.served.url, { ...request, headers: [['X-Forwarded-For', address], ...(request.headers ?? [])] });
};
const path = (name: string, params: Readonly<Record<string, string>> | string = '') => `/oidc/${name}?${new URLSearchParams(params)}`;
const authorization = {
  client_id: 'app',
  response_type: 'code',
  redirect_uri: redirectUri,
  scope: 'openid',
  code_challenge: 'a'.repeat(43),
  code_challenge_method: 'S256',
};

const endpoints = [
  ...['auth', 'token', 'me', 'jwks', 'token/introspection', 'token/revocation', 'request', 'session/end', 'session/end/confirm'],
  ...[
    'session/end/success',
    '.well-known/openid-configuration',
    'callback/lab',
    'callback/none',
    'logout/return',
    'backchannel-logout/lab',
  ],
  ...['', '/upstream', '/return', '/cancel', '/address', '/consent'].map((rest) => `interaction/${'u'.repeat(21)}${rest}`),
  ...[
    'auth/uuuuuuuuuuuuuuuuuuuuu',
    'nothing',
    '..%2f..%2fv1',
    '%00',
    '%ff',
    'auth/%ff',
    'interaction/%ff',
    'callback/%ff',
    'auth//',
    '__proto__',
  ],
] as const;

const isOwn = (location: string): boolean => {
  const { origin } = new URL(location, world.served.url);
  return origin === world.served.url || location.startsWith(redirectUri);
};

/** Whatever was sent: an answer that tells nobody anything, leads nowhere else, and is no fault of ours. */
const expectSound = (request: unknown, { status, headers, text }: RawAnswer): void => {
  const about = JSON.stringify(request).slice(0, 2_000);
  expect(status, about + text.slice(0, 300)).toBeGreaterThanOrEqual(200);
  expect(status, about + text.slice(0, 300)).toBeLessThan(500);
  expect(text, about).not.toMatch(/\n\s+at |node_modules|adapters\/|TypeError|\bat [\w.]+ \(/);
  const location = headers.get('location');
  if (location !== undefined) expect(isOwn(location), `${about} -> ${location}`).toBe(true);
  expect(Object.keys(Object.prototype), about).toEqual([]);
};

describe('the address of the provider is no matter of the request', () => {
  const forged: [why: string, headers: NonNullable<RawRequest['headers']>, target: string][] = (
    [
      ['another Host', [['Host', 'evil.example']]],
      ['a Host with a path', [['Host', 'evil.example/x']]],
      ['a Host with a user', [['Host', 'localhost@evil.example']]],
      ['no Host', [['Host', '']]],
      ['X-Forwarded-Host', [['X-Forwarded-Host', 'evil.example']]],
      [
        'two of them',
        [
          ['X-Forwarded-Host', 'evil.example'],
          ['X-Forwarded-Host', 'worse.example'],
        ],
      ],
      ['X-Forwarded-Proto', [['X-Forwarded-Proto', 'gopher']]],
      [
        'X-Forwarded-Prefix and -Port',
        [
          ['X-Forwarded-Prefix', '/evil'],
          ['X-Forwarded-Port', '1'],
        ],
      ],
      ['Forwarded', [['Forwarded', 'host=evil.example;proto=https']]],
      [
        'X-Original-URL',
        [
          ['X-Original-URL', 'https://evil.example/'],
          ['X-Rewrite-URL', '/evil'],
        ],
      ],
      ['a target in absolute form', [], 'http://evil.example'],
      ['a target in absolute form, and Host', [['Host', 'evil.example']], 'https://evil.example:444'],
      ['a target with a user', [], 'http://user:pass@evil.example'],
    ] as [string, [string, string][], string?][]
  ).map(([why, headers, target = '']) => [why, headers, target]);
  it.each(forged)('%s', async (_, headers, before) => {
    for (const target of ['/oidc/.well-known/openid-configuration', '/.well-known/oauth-authorization-server/oidc']) {
      const usual = await send({ target });
      expect(JSON.parse(usual.text)).toMatchObject({ issuer: world.issuer, token_endpoint: `${world.issuer}/token` });
      expect((await send({ target: before + target, headers })).text).toBe(usual.text);
    }
    const begun = await send({ target: before + path('auth', authorization), headers });
    expect(begun.status).toBe(303);
    expect(begun.headers.get('location')).toMatch(/^\/oidc\/interaction\/[\w-]+$/);
    const refused = await send({ target: before + path('auth', { ...authorization, prompt: 'none' }), headers });
    const answer = new URL(refused.headers.get('location') ?? '');
    expect(answer.href.startsWith(`${redirectUri}?`)).toBe(true);
    expect(answer.searchParams.get('iss')).toBe(world.issuer);
    const out = await send({ target: before + path('session/end'), headers });
    expect(out.text).toContain(`action="${world.issuer}/session/end/confirm"`);
    expect(out.text + begun.text).not.toContain('evil');
  });

  it.each(endpoints.slice(0, 12))('two Host headers at /oidc/%s: refused', async (name) => {
    const { host } = new URL(world.served.url);
    for (const second of [host, 'evil.example'])
      expect(
        (
          await send({
            target: path(name),
            headers: [
              ['Host', host],
              ['host', second],
            ],
          })
        ).status,
      ).toBe(400);
  });
});

describe('hostile requests', () => {
  const authorizations = [
    ...[
      'Basic',
      'Basic ',
      'Basic =',
      'Basic %%%',
      'basic YXBw',
      'Basic YXBw',
      `Basic ${btoa('app')}`,
      `Basic ${btoa(':')}`,
      `Basic ${btoa('app:%')}`,
    ],
    ...[
      `Basic ${btoa('%ff:x')}`,
      `Basic ${Buffer.from([0xff, 0xfe, 0x3a, 0]).toString('base64')}`,
      `Basic ${btoa('__proto__:x')}`,
      `Basic ${btoa('app:\u0000')}`,
    ],
    ...[
      'Bearer',
      'Bearer ',
      'Bearer a b',
      'Bearer \xff',
      `Bearer ${'a'.repeat(7_000)}`,
      'DPoP x',
      'Digest a="b"',
      '\xff\xfe',
      'Basic Basic YXBw',
      `Basic ${'A'.repeat(7_000)}`,
    ],
  ];
  it.each(['token', 'token/introspection', 'token/revocation', 'request'])(
    'a malformed Authorization at /oidc/%s is 400 or 401',
    async (name) => {
      for (const value of authorizations) {
        const request = {
          method: 'POST',
          target: path(name),
          headers: [form, ['Authorization', value] as const],
          body: 'token=x&grant_type=refresh_token&refresh_token=x',
        };
        const answer = await send(request);
        expectSound(request, answer);
        expect([400, 401], value.slice(0, 80)).toContain(answer.status);
      }
      const twice = {
        method: 'POST',
        target: path(name),
        headers: [form, basic('app', clientSecret)],
        body: 'client_id=other&client_secret=x&token=x',
      };
      expect([400, 401]).toContain((await send(twice)).status);
    },
  );

  it('a malformed token at userinfo is 400 or 401', async () => {
    for (const value of authorizations)
      expect([400, 401], value.slice(0, 80)).toContain((await send({ target: path('me'), headers: [['Authorization', value]] })).status);
    expect([400, 401]).toContain((await send({ target: path('me', { access_token: 'x' }) })).status);
  });

  it.each(Object.keys(authorization))('%s twice is refused, and nobody is sent anywhere else', async (name) => {
    const request = { target: `${path('auth', authorization)}&${name}=https://evil.example/` };
    const answer = await send(request);
    expectSound(request, answer);
    if (answer.status === 303) expect(new URL(answer.headers.get('location') ?? '').searchParams.get('error')).toBe('invalid_request');
    else expect(answer.status).toBe(400);
  });

  it.each([
    [
      'a body of a megabyte',
      { method: 'POST', target: path('token'), headers: [form], body: `grant_type=${'a'.repeat(1_000_000)}` },
      [400, 413],
    ],
    [
      'a pushed request of a megabyte',
      { method: 'POST', target: path('request'), headers: [form], body: `state=${'a'.repeat(1_000_000)}` },
      [400, 413],
    ],
    ['a form of nine kilobytes', { method: 'POST', target: path('auth'), headers: [form], body: `state=${'a'.repeat(9_000)}` }, [413]],
    [
      'a logout token of 17 kilobytes',
      { method: 'POST', target: path('backchannel-logout/lab'), headers: [form], body: `logout_token=${'a'.repeat(17_000)}` },
      [413],
    ],
    ['an address of twenty kilobytes', { target: path('auth', { state: 'a'.repeat(20_000) }) }, [400, 431]],
    ...['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS'].map((method): [string, RawRequest, number[]] => [
      `a path that is no text, by ${method}`,
      { method, target: '/oidc/auth/%ff' },
      [400, 404, 405],
    ]),
    ['a request that goes on, with parameters', { target: `/oidc/auth/${'u'.repeat(21)}?client_id=app` }, [400]],
    ['a thousand parameters', { target: `/oidc/auth?${'a=b&'.repeat(1_000)}` }, [400]],
    [
      'JSON',
      { method: 'POST', target: path('token'), headers: [['Content-Type', 'application/json']], body: '{"grant_type":"x"}' },
      [400, 415],
    ],
    [
      'parts',
      { method: 'POST', target: path('request'), headers: [['Content-Type', 'multipart/form-data; boundary=x']], body: '--x--' },
      [400, 401, 415],
    ],
    ['no content type', { method: 'POST', target: path('token'), body: 'grant_type=x' }, [400, 415]],
    [
      'another character set',
      { method: 'POST', target: path('auth'), headers: [['Content-Type', `${form[1]}; charset=x-unknown`]], body: 'a=b' },
      [400, 415],
    ],
    [
      'what says it is compressed',
      { method: 'POST', target: path('auth'), headers: [form, ['Content-Encoding', 'gzip']], body: 'a=b' },
      [400, 415],
    ],
    [
      'bytes that are no text',
      { method: 'POST', target: path('auth'), headers: [form], body: Buffer.from([0x61, 0x3d, 0xff, 0xfe, 0, 0x0d, 0x0a]) },
      [303],
    ],
    [
      'a form with line ends and other letters',
      { method: 'POST', target: path('auth'), headers: [form], body: 'state=a\r\nLocation: https://evil.example\r\n\u4e2d' },
      [303],
    ],
  ] as readonly (readonly [string, RawRequest, readonly number[]])[])('%s', async (_, request, expected) => {
    const answer = await send(request);
    expectSound({ ...request, body: undefined }, answer);
    expect(expected).toContain(answer.status);
  });

  it('of any kind, at any endpoint: never a fault, a stack or another site', async () => {
    const names = [
      ...[
        'client_id',
        'client_secret',
        'redirect_uri',
        'response_type',
        'response_mode',
        'scope',
        'state',
        'nonce',
        'prompt',
        'max_age',
        'claims',
        'acr_values',
      ],
      ...[
        'id_token_hint',
        'login_hint',
        'ui_locales',
        'request',
        'request_uri',
        'resource',
        'code',
        'code_verifier',
        'code_challenge',
        'grant_type',
        'dpop_jkt',
      ],
      ...[
        'refresh_token',
        'token',
        'token_type_hint',
        'client_assertion',
        'client_assertion_type',
        'xsrf',
        'logout',
        'post_logout_redirect_uri',
        'logout_token',
      ],
      ...[
        'iss',
        'error',
        'upstream',
        'stepward_ticket',
        'stepward_anew',
        'address',
        'decision',
        '__proto__',
        'constructor',
        'constructor[prototype][x]',
        'toString',
        'a[b]',
        '',
      ],
    ];
    const value = fc.oneof(
      fc.constantFrom(
        ...[
          '',
          '0',
          '-1',
          'null',
          '[]',
          '{}',
          '{"__proto__":{"x":1}}',
          '{"id_token":{"__proto__":null}}',
          '{"userinfo":{"acr":{"essential":true,"values":{}}}}',
        ],
      ),
      fc.constantFrom(
        ...Object.values(authorization),
        'authorization_code',
        'refresh_token',
        'none',
        'login',
        'form_post',
        'fragment',
        'id_token',
        'public',
        'many',
      ),
      fc.constantFrom(
        '%',
        '%ff',
        '%00',
        '%0d%0aLocation:%20https://evil.example',
        '%ed%a0%80',
        '\xff',
        '//evil.example',
        'urn:ietf:params:oauth:request_uri:x',
        'e30.e30.',
        'eyJhbGciOiJub25lIn0.e30.',
      ),
      fc.string({ maxLength: 20 }).map(encodeURIComponent),
      fc.constant('a'.repeat(3_000)),
    );
    const params = fc
      .array(fc.tuple(fc.constantFrom(...names), value), { maxLength: 10 })
      .map((all) => all.map(([name, one]) => `${name}=${one}`).join('&'));
    const usual = `${new URLSearchParams(authorization)}`;
    const header = fc.oneof(
      fc.constantFrom(...authorizations).map((one) => ['Authorization', one] as const),
      fc
        .constantFrom(...['', '=', 'stepward-oidc=x; stepward-oidc=y', 'stepward-interaction=%ff', '\xff', 'a'.repeat(4_000)])
        .map((one) => ['Cookie', one] as const),
      fc.constantFrom('text/html', '*/*;q=x', 'application/json', '\xff').map((one) => ['Accept', one] as const),
      fc.constantFrom('null', 'https://evil.example', '\xff').map((one) => ['Origin', one] as const),
      fc.constantFrom(...['x', 'e30.e30.e30']).map((one) => ['DPoP', one] as const),
      fc.constantFrom('evil.example').map((one) => ['X-Forwarded-Host', one] as const),
      fc.constantFrom('x', '*', 'de\xff', 'a'.repeat(2_000)).map((one) => ['Accept-Language', one] as const),
    );
    const request = fc.record({
      name: fc.constantFrom(...endpoints),
      method: fc.constantFrom('GET', 'GET', 'POST', 'POST', 'PUT', 'HEAD', 'OPTIONS', 'DELETE', 'PATCH'),
      begun: fc.boolean(),
      query: params,
      sent: params,
      headers: fc.array(header, { maxLength: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(request, async ({ name, method, begun, query, sent, headers }) => {
        const all = begun ? `${usual}&${query}` : query;
        const asked: RawRequest = {
          method,
          target: `/oidc/${name}?${all}`,
          headers: method === 'POST' ? [form, ...headers] : headers,
          ...(method === 'POST' && { body: begun ? `${usual}&${sent}` : sent }),
        };
        expectSound(asked, await send(asked));
      }),
      { numRuns: isLong ? 20_000 : 700 },
    );
  });
});

describe('a redirect URI', () => {
  const corpus = [...new Set([...redirects.cases, ...registered.cases].map(({ url }) => url))].filter((url) => url !== '');
  /** Each in turn, some at once. */
  const each = async (work: (url: string) => Promise<void>): Promise<void> => {
    const left = [...corpus, ...uris];
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        for (let url = left.pop(); url !== undefined; url = left.pop()) await work(url);
      }),
    );
  };

  it('is a registered one to the letter: nobody is sent anywhere else, with a code or an error', async () => {
    expect(corpus.length).toBeGreaterThanOrEqual(150);
    let exact = 0;
    await each(async (url) => {
      for (const more of [{}, { prompt: 'none' }, { response_type: 'no' }] as Record<string, string>[]) {
        const { status, headers, text } = await send({
          target: path('auth', { ...authorization, client_id: 'many', redirect_uri: url, ...more }),
        });
        const location = headers.get('location');
        if (!uris.includes(url)) {
          expect([status, location], url).toEqual([400, undefined]);
          expect(text, url).not.toContain('http-equiv="refresh"');
        } else {
          exact += 1;
          if (more.prompt === undefined && more.response_type === undefined) expect(location, url).toMatch(/^\/oidc\/interaction\//);
          else expect(location?.startsWith(`${url}?error=`), url).toBe(true);
        }
      }
    });
    expect(exact).toBeGreaterThanOrEqual(3 * uris.length);
  });

  it('may be left out by a client that has one only', async () => {
    const { redirect_uri: _, ...rest } = authorization;
    expect((await send({ target: path('auth', { ...rest, client_id: 'many' }) })).status).toBe(400);
    expect((await send({ target: path('auth', { ...rest, prompt: 'none' }) })).headers.get('location')).toMatch(
      /^https:\/\/app\.example\/callback\?error=/,
    );
  });

  it('of a loopback client has the port that was registered', async () => {
    for (const url of ['http://127.0.0.1:8080/cb', 'http://localhost/cb', 'http://[::1]/cb'])
      expect((await send({ target: path('auth', { ...authorization, client_id: 'public', redirect_uri: url }) })).status).toBe(400);
  });

  it('after signing out is a registered one to the letter', async () => {
    await each(async (url) => {
      const { status, headers } = await send({ target: path('session/end', { client_id: 'many', post_logout_redirect_uri: url }) });
      expect([status, headers.get('location')], url).toEqual([uris.includes(url) ? 200 : 400, undefined]);
    });
    // without a client nobody is named, and nobody is sent anywhere
    const page = await send({ target: path('session/end', { post_logout_redirect_uri: 'https://evil.example/' }) });
    expect(page.text).not.toContain('evil');
    const browser = world.browser();
    await browser.open(
      `${world.issuer}/session/end?${new URLSearchParams({ post_logout_redirect_uri: 'https://evil.example/', state: 'x' })}`,
    );
    expect((await browser.press('Continue')).url.pathname).toBe('/oidc/session/end/success');
  });
});

describe('what is no secret tells nobody anything', () => {
  /** An answer without what is new in each. */
  const seen = ({ status, headers, text }: RawAnswer, hint: string): unknown => {
    const mask = (one: string) =>
      one
        .replaceAll(encodeURIComponent(hint), ':hint')
        .replaceAll(/[\w-]{21,}/g, ':new')
        .replaceAll(/expires=[^;]+/g, ':time');
    return [status, [...headers].filter(([name]) => name !== 'date').map(([name, value]) => `${name}: ${mask(value)}`), mask(text)];
  };

  it('a login_hint of somebody known and of nobody: equal answers at every step', async () => {
    await signIn(world.browser(), (await ask(await world.app())).url);
    const steps = async (hint: string): Promise<unknown> => {
      const begun = await send({ target: path('auth', { ...authorization, login_hint: hint }) });
      const silent = await send({ target: path('auth', { ...authorization, login_hint: hint, prompt: 'none' }) });
      const cookie = /(stepward-interaction[^;]*)/.exec(begun.headers.get('set-cookie') ?? '')?.[1] ?? '';
      const next = await send({ target: begun.headers.get('location') ?? '', headers: [['Cookie', cookie]] });
      const out = await send({ target: path('session/end', { logout_hint: hint }) });
      return [begun, silent, next, out].map((one) => seen(one, hint));
    };
    expect(await steps('alice@example.org')).toEqual(await steps('nobody@example.org'));
  });

  it('the cookie of one interaction does not open another of the same browser', async () => {
    const begin = async () => {
      const begun = await fetch(new URL(path('auth', authorization), world.served.url), { redirect: 'manual' });
      const cookies = begun.headers.getSetCookie().map((one) => one.split(';')[0] ?? '');
      return {
        at: begun.headers.get('location') ?? '',
        cookie: cookies.filter((one) => one.startsWith('stepward-interaction')).join('; '),
      };
    };
    const [one, two] = [await begin(), await begin()];
    const open = async (at: string, cookie: string) => (await send({ target: at, headers: [['Cookie', cookie]] })).status;
    expect(await open(one.at, two.cookie)).toBe(400);
    expect(await open(`${two.at}/cancel`, one.cookie)).toBe(400);
    expect(await open(two.at, two.cookie)).toBe(303);
    expect(await open(one.at, one.cookie)).toBe(303);
  });

  it('an interaction that is another browser’s and one that is not: equal answers', async () => {
    const begun = await send({ target: path('auth', authorization) });
    const foreign = begun.headers.get('location') ?? '';
    for (const rest of ['', '/return', '/return?stepward_ticket=x', '/cancel', '/upstream?upstream=lab&state=x&code=x'])
      expect(seen(await send({ target: foreign + rest }), 'x')).toEqual(
        seen(await send({ target: `/oidc/interaction/${'u'.repeat(21)}${rest}` }), 'x'),
      );
  });
});

describe('one value in the place of another', () => {
  const post = async (
    name: string,
    client: string,
    body: Readonly<Record<string, string>>,
  ): Promise<{ status: number; body: Record<string, unknown> }> => {
    const answer = await send({
      method: 'POST',
      target: path(name),
      headers: [form, basic(client, clientSecret)],
      body: `${new URLSearchParams(body)}`,
    });
    const json = /\{.*\}/s.exec(answer.text)?.[0] ?? '{}';
    return { status: answer.status, body: JSON.parse(json) as Record<string, unknown> };
  };
  const begun = async (clientId = 'app') => {
    const app = await world.app(clientId);
    const { url, checks } = await ask(app, { scope: 'openid offline_access', prompt: 'consent' });
    const browser = world.browser();
    const stop = await signIn(browser, url);
    const interaction = browser.hops.find(({ pathname }) => pathname.startsWith('/oidc/interaction/'))?.pathname.split('/')[3] ?? '';
    return { app, url: stop.url, code: stop.url.searchParams.get('code') ?? '', verifier: checks.pkceCodeVerifier, checks, interaction };
  };

  it('is taken by no endpoint', async () => {
    const one = await begun();
    const tokens = await openid.authorizationCodeGrant(one.app, one.url, one.checks);
    const two = await begun();
    const values: Record<string, string> = {
      access: tokens.access_token,
      refresh: tokens.refresh_token ?? '',
      id: tokens.id_token ?? '',
      code: two.code,
      interaction: one.interaction,
      uri: `urn:ietf:params:oauth:request_uri:${two.code}`,
    };
    for (const [kind, value] of Object.entries(values)) {
      const asCode = { grant_type: 'authorization_code', code: value, redirect_uri: redirectUri, code_verifier: two.verifier };
      if (kind !== 'code')
        expect(await post('token', 'app', asCode), kind).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
      if (kind !== 'refresh')
        expect(await post('token', 'app', { grant_type: 'refresh_token', refresh_token: value }), kind).toMatchObject({
          status: 400,
          body: { error: 'invalid_grant' },
        });
      if (kind !== 'access')
        expect((await send({ target: path('me'), headers: [['Authorization', `Bearer ${value}`]] })).status, kind).toBe(401);
      if (kind !== 'access' && kind !== 'refresh')
        expect((await post('token/introspection', 'app', { token: value })).body.active ?? false, kind).toBe(false);
      const pushed = await send({
        target: path('auth', { client_id: 'app', request_uri: kind === 'uri' ? value : `urn:ietf:params:oauth:request_uri:${value}` }),
      });
      expect(pushed.headers.get('location'), kind).toMatch(/^https:\/\/app\.example\/callback\?error=invalid_request_uri&/);
    }
    // and none of it was spent by that
    await expect(openid.authorizationCodeGrant(two.app, two.url, two.checks)).resolves.toHaveProperty('id_token');
    await expect(openid.refreshTokenGrant(one.app, values.refresh ?? '')).resolves.toHaveProperty('id_token');
  });

  it('of another client is not taken, and not spent', async () => {
    const one = await begun();
    const theft = { grant_type: 'authorization_code', code: one.code, redirect_uri: redirectUri, code_verifier: one.verifier };
    expect(await post('token', 'other', theft)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    const tokens = await openid.authorizationCodeGrant(one.app, one.url, one.checks);
    expect(await post('token', 'other', { grant_type: 'refresh_token', refresh_token: tokens.refresh_token ?? '' })).toMatchObject({
      status: 400,
    });
    await post('token/revocation', 'other', { token: tokens.refresh_token ?? '' });
    const pushed = await post('request', 'app', { ...authorization, state: 'x' });
    expect(pushed.status).toBe(201);
    const stolen = await send({ target: path('auth', { client_id: 'other', request_uri: String(pushed.body.request_uri) }) });
    expect(stolen.headers.get('location')).toMatch(/^https:\/\/app\.example\/callback\?error=invalid_request_object&/);
    await expect(openid.refreshTokenGrant(one.app, tokens.refresh_token ?? '')).resolves.toHaveProperty('id_token');
  });
});

describe('what only the server writes', () => {
  const invented = {
    stepwardTicket: 'x',
    stepward_ticket: 'x',
    beganAt: '1',
    owed: '{}',
    stepward: '{"accountId":"x","usedRisk":false}',
    result: '{"stepward":{"accountId":"x"}}',
    lastSubmission: '{}',
    accountId: 'x',
    login: '{"accountId":"x"}',
    acr: 'urn:stepward:aal3',
    amr: 'mfa',
    auth_time: '1',
    upstream: 'none',
    trusted: 'true',
    consent: '{"grantId":"x"}',
    prompt_details: '{}',
    strictAcr: 'false',
    action: 'signIn',
    failurePolicy: 'allow',
  };
  it('in a query, a form, a pushed request and a signed one: has no effect', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256');
    await world.register({
      clientId: 'signed',
      action: 'always',
      jwks: { keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256', use: 'sig', kid: 'k' }] },
    });
    const asked = { ...authorization, client_id: 'challenged', ...invented };
    const app = await world.app('challenged');
    const request = await new SignJWT({ ...asked, client_id: 'signed' })
      .setProtectedHeader({ alg: 'ES256', kid: 'k' })
      .setIssuer('signed')
      .setAudience(world.issuer)
      .setIssuedAt()
      .setExpirationTime('60s')
      .sign(privateKey);
    const { searchParams } = await openid.buildAuthorizationUrlWithPAR(app, new URLSearchParams(asked));
    const urls = [
      path('auth', asked),
      path('auth', Object.fromEntries(searchParams)),
      path('auth', { ...authorization, client_id: 'signed', request }),
      (await send({ method: 'POST', target: '/oidc/auth', headers: [form], body: `${new URLSearchParams(asked)}` })).headers.get(
        'location',
      ) ?? '',
    ];
    for (const url of urls) {
      const browser = world.browser({ 'x-forwarded-for': '203.0.113.7' });
      const page = await signIn(browser, new URL(url, world.served.url));
      expect(page.url.pathname, url.slice(0, 60)).toBe('/challenge');
      const here = browser.hops.findLast(({ pathname }) => pathname.startsWith('/oidc/interaction/'))?.pathname ?? '';
      const { stepwardTicket, ...others } = invented;
      const { stepward_ticket: _, ...rest } = others;
      const held = await browser.open(new URL(`${here}/return?${new URLSearchParams({ ...rest, stepwardTicket })}`, world.served.url));
      expect([held.status, held.url.pathname]).toEqual([200, `${here}/return`]);
      expect(outcomeOf(await browser.open(new URL(`${here}/return?${new URLSearchParams(invented)}`, world.served.url)))).toBe(
        'access_denied',
      );
    }
    // nobody's word is taken for a request that nobody signed
    for (const unsigned of [`${btoa('{"alg":"none"}')}.${request.split('.')[1]}.`, request.slice(0, -8)].map((one) =>
      one.replaceAll('=', ''),
    )) {
      const answer = await send({ target: path('auth', { ...authorization, client_id: 'signed', request: unsigned }) });
      expect(answer.headers.get('location') ?? 'error=', unsigned.slice(0, 30)).toContain('error=');
    }
  });
});

describe('what an upstream says of somebody', () => {
  const claimed = async (claims: string): Promise<{ readonly outcome: string | null; readonly user?: Record<string, unknown> }> => {
    // parsed, so that `__proto__` is a claim like any other
    world.upstream.faults.use({ idToken: () => JSON.parse(claims) as Record<string, unknown> });
    try {
      const app = await world.app('curious');
      const { url, checks } = await ask(app);
      const stop = await signIn(world.browser({ 'x-forwarded-for': '203.0.113.8' }), url);
      if (outcomeOf(stop) !== 'code') return { outcome: outcomeOf(stop) };
      const tokens = await openid.authorizationCodeGrant(app, stop.url, checks);
      return { outcome: 'code', user: { ...(await openid.fetchUserInfo(app, tokens.access_token, tokens.claims()?.sub ?? '')) } };
    } finally {
      world.upstream.faults.clear();
    }
  };
  beforeAll(async () => {
    const claims = ['email', 'email_verified', 'phone_number', 'phone_number_verified', 'locale', 'preferred_username'];
    await world.register({ clientId: 'curious', claims });
  });

  it.each([
    ['an address that is none', '{"email":"not an address","email_verified":true}'],
    ['an address with line ends', '{"email":"a@example.org\\r\\nBcc: b@example.org","email_verified":true}'],
    ['an address of a thousand letters', `{"email":"${'a'.repeat(1_000)}@example.org","email_verified":true}`],
    ['a number as people write it', '{"phone_number":"030 123456","phone_number_verified":true}'],
    ['addresses of other kinds', '{"email":{"a":1},"email_verified":true,"phone_number":5,"phone_number_verified":true}'],
    ['a locale and a name without end', `{"locale":"${'x'.repeat(9_000)}","preferred_username":"${'y'.repeat(9_000)}"}`],
    ['control characters', '{"preferred_username":"\\u0000\\u001b[31m\\u202e","locale":"\\u0000"}'],
    ['names that objects have', '{"__proto__":{"admin":true},"constructor":"x","toString":"x","hasOwnProperty":"x"}'],
    ['our own claims', '{"acr":"urn:stepward:aal3","amr":["mfa","hwk"],"stepward_user_id":"x"}'],
  ])('%s: keeps nobody out, and changes nothing here', async (_, claims) => {
    const { outcome, user } = await claimed(claims);
    expect(outcome).toBe('code');
    expect(user).toMatchObject({ sub: 'alice', acr: 'urn:stepward:aal1', amr: [] });
    expect(user).not.toHaveProperty('admin');
    expect(user?.stepward_user_id).toBeUndefined();
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(({} as Record<string, unknown>).admin).toBeUndefined();
  });

  it.each([
    ['a subject of a thousand letters', `{"sub":"${'a'.repeat(1_000)}"}`],
    ['a subject that is no text', '{"sub":5}'],
    ['no subject', '{"sub":""}'],
    ['seventy kilobytes', `{"name":"${'a'.repeat(70_000)}"}`],
  ])('%s: is refused', async (_, claims) => {
    expect(await claimed(claims)).toEqual({ outcome: 'temporarily_unavailable' });
  });
});
