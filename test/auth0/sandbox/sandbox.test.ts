import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  type ActionEvent,
  type ContinueRequest,
  createSandbox,
  type Effects,
  runtimes,
  type Sandbox,
  type SandboxSettings,
} from './index.ts';

const secret = 'a-secret-of-at-least-thirty-two-bytes';
const event = {
  user: { user_id: 'auth0|1', enrolledFactors: [{ type: 'otp' }, { type: 'phone' }] },
  request: { hostname: 'tenant.example', ip: '203.0.113.7', query: {}, method: 'GET' },
  authentication: { methods: [{ name: 'pwd' }] },
  transaction: { protocol: 'oidc-basic-profile', metadata: {} },
} satisfies ActionEvent;
const silent: ActionEvent = { ...event, transaction: { ...event.transaction, prompt: ['none'] } };

/** Runs what is written as the body of `onExecutePostLogin`, or of the other handler. */
const sandboxOf = (body: string, more: Partial<SandboxSettings> & { readonly top?: string; readonly handler?: string } = {}) => {
  const { top = '', handler = 'onExecutePostLogin', ...about } = more;
  return createSandbox({
    code: `${top}\nexports.${handler} = async (event, api) => {${body}};`,
    node: 'current',
    secrets: { SECRET: secret },
    ...about,
  });
};
const using = async <T>(sandbox: Sandbox, run: (sandbox: Sandbox) => Promise<T>): Promise<T> => {
  try {
    return await run(sandbox);
  } finally {
    sandbox.close();
  }
};
const effectsOf = async (body: string, given: ActionEvent = event, more: Parameters<typeof sandboxOf>[1] = {}): Promise<Effects> =>
  using(await sandboxOf(body, more), (sandbox) => sandbox.execute(given));
const resumed = async (body: string, continued: ContinueRequest = {}): Promise<Effects> =>
  using(await sandboxOf(body, { handler: 'onContinuePostLogin' }), (sandbox) => sandbox.resume(event, continued));

describe.each(runtimes)('the sandbox on Node %s', (node) => {
  it('runs on it, in a context that compiles nothing from text', async () => {
    await using(await sandboxOf(`console.log(typeof crypto); new Function('return 1')`, { node }), async (sandbox) => {
      expect(sandbox.version).toMatch(node === 'current' ? process.version : new RegExp(`^v${node}\\.`));
      const effects = await sandbox.execute(event);
      expect(effects.error).toMatch(/Code generation from strings disallowed/);
      expect(effects.console).toBe(node === '18' ? 'undefined\n' : 'object\n');
    });
  });

  it('knows the language, what is listed, and nothing of Node beside it', async () => {
    const seen = await effectsOf(
      `console.log(['process', 'setInterval', 'setImmediate', 'Buffer', 'fetch', 'AbortSignal'].filter((name) => name in globalThis).join());
       console.log(typeof require, require('node:crypto').randomUUID().length);`,
      event,
      { node },
    );
    expect([seen.error, seen.console]).toEqual([undefined, 'Buffer,fetch,AbortSignal\nfunction 36\n']);
  });

  it('reads one time, which can hurry', async () => {
    const body = `const began = Date.now(); await new Promise((go) => setTimeout(go, 2000));
      console.log(Date.now() - began >= 1900, new Date() - began >= 1900, new Date(5).getTime(), typeof new Date().toISOString());`;
    expect((await effectsOf(body, event, { node, hurry: 100 })).console).toBe('true true 5 string\n');
  });

  it('passes an execution that does nothing, and keeps one context for all of them', async () => {
    await using(await sandboxOf('console.log(++runs);', { node, top: 'let runs = 0;' }), async (sandbox) => {
      expect(await sandbox.execute(event)).toEqual({
        calls: [],
        idTokenClaims: {},
        accessTokenClaims: {},
        recordedMethods: [],
        metadata: {},
        console: '1\n',
      });
      expect((await sandbox.execute(event)).console).toBe('2\n');
    });
  });

  it('ends an execution that waits, or spins, for longer than 20 seconds', async () => {
    const late = 'the execution took too long';
    expect((await effectsOf('await new Promise(() => {});', event, { node, hurry: 400 })).error).toBe(late);
    expect((await effectsOf('for (;;);', event, { node, hurry: 400 })).error).toMatch(/timed out/);
    const inTime = 'await new Promise((done) => setTimeout(done, 10_000)); api.access.deny("in time");';
    expect(await effectsOf(inTime, event, { node, hurry: 100 })).toMatchObject({ denied: 'in time' });
  });
});

describe('limits of an Action', () => {
  it.each([
    ['code of more than 100 kB', { top: `/*${'x'.repeat(100_000)}*/` }],
    ['31 secrets', { secrets: Object.fromEntries(Array.from({ length: 31 }, (_, n) => [`S${n}`, 'x'])) }],
    ['a secret with a long name', { secrets: { ['x'.repeat(129)]: 'x' } }],
    ['a long secret', { secrets: { S: 'x'.repeat(4097) } }],
    ['code that does not load', { top: 'throw new Error("no");' }],
  ])('%s is refused', async (_, more) => {
    await expect(sandboxOf('', more)).rejects.toThrow();
    await expect(sandboxOf('', { ...more, node: runtimes.at(-1) })).rejects.toThrow();
  });

  it('as much as is allowed is not', async () => {
    const secrets = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`${n}`.padEnd(128, 'x'), 'x'.repeat(4096)]));
    expect(await effectsOf('console.log(Object.keys(event.secrets).length)', event, { secrets })).toMatchObject({ console: '30\n' });
  });

  it('the console keeps 256 characters', async () => {
    expect((await effectsOf('for (let n = 0; n < 40; n++) console.log("0123456789");')).console).toHaveLength(256);
  });

  it.each([
    ['a key of 65 characters', `api.transaction.setMetadata('k'.repeat(65), 'v')`],
    ['a value of more than 8 KB', `api.transaction.setMetadata('k', 'v'.repeat(8193))`],
    ['more than 16 KB in all', `for (const k of ['a', 'b', 'c']) api.transaction.setMetadata(k, 'v'.repeat(8000))`],
    ['an object', `api.transaction.setMetadata('k', {})`],
    ['a number that is not safe', `api.transaction.setMetadata('k', 2 ** 60)`],
  ])('metadata: %s throws', async (_, body) => {
    expect((await effectsOf(body)).error).toMatch(/metadata/);
  });

  it('metadata is seen at once, null deletes, a deny keeps it; without a transaction there is none', async () => {
    const body = `api.transaction.setMetadata('a', 'x'); api.transaction.setMetadata('b', 1); api.transaction.setMetadata('b', null);
      console.log(JSON.stringify(event.transaction.metadata)); api.access.deny('no');`;
    expect(await effectsOf(body)).toMatchObject({ metadata: { a: 'x' }, console: '{"a":"x"}\n', denied: 'no' });
    const { transaction: _, ...bare } = event;
    expect((await effectsOf(`api.transaction.setMetadata('a', 'x')`, bare)).error).toBe('there is no transaction');
  });

  it('the cache has its limits, and is empty on resume', async () => {
    const code = `exports.onExecutePostLogin = async (event, api) => console.log([api.cache.set('k', 'v').type, api.cache.get('k').value,
        api.cache.set('k'.repeat(65), 'v').code, api.cache.set('l', 'v'.repeat(4097)).code,
        ...['m', 'n', 'o'].map((k) => api.cache.set(k, 'v'.repeat(4000)).type)].join());
      exports.onContinuePostLogin = async (event, api) => console.log(api.cache.get('k'));`;
    await using(await createSandbox({ code, node: 'current', secrets: {} }), async (sandbox) => {
      const { console: said } = await sandbox.execute(event);
      expect(said).toBe('success,v,ItemSizeExceeded,ItemSizeExceeded,success,success,error\n');
      expect((await sandbox.resume(event, {})).console).toBe('undefined\n');
    });
  });

  it('the cache has twenty entries', async () => {
    const body = `console.log(Array.from({ length: 21 }, (_, n) => api.cache.set('k' + n, 'v').type).filter((type) => type === 'success').length)`;
    expect((await effectsOf(body)).console).toBe('20\n');
  });

  it.each([
    `event.user.user_id = 'other'`,
    `event.secrets.SECRET = 'other'`,
    `event.request.query.state = 'other'`,
    `event.transaction.metadata.stepward_instance = 'other'`,
    `delete event.transaction.metadata`,
    `event.user.enrolledFactors.push({})`,
  ])('the event cannot be written: %s', async (body) => {
    expect((await effectsOf(`'use strict'; ${body}`)).error).toBeDefined();
  });

  it('modules are those of Node, files are not written', async () => {
    expect((await effectsOf(`require('stepward')`)).error).toBe("Cannot find module 'stepward'");
    for (const write of [`writeFileSync('/tmp/x', '')`, `openSync('/tmp/x', 'w')`, `promises.mkdir('/tmp/x')`])
      expect((await effectsOf(`await require('fs').${write}`)).error).toMatch(/EROFS/);
    expect((await effectsOf(`console.log(require('node:fs').readFileSync('/dev/null').length)`)).console).toBe('0\n');
  });

  it('what two executions say side by side stays apart', async () => {
    const body = 'console.log(event.user.user_id); await new Promise((go) => setTimeout(go, 10)); console.log(event.user.user_id);';
    await using(await sandboxOf(body), async (sandbox) => {
      const all = await Promise.all(['a', 'b'].map((user_id) => sandbox.execute({ ...event, user: { user_id } })));
      expect(all.map((one) => one.console)).toEqual(['a\na\n', 'b\nb\n']);
    });
  });
});

describe('what comes of the calls', () => {
  it('a deny ends the pipeline: nothing asked for besides comes about', async () => {
    const body = `api.access.deny('no'); api.redirect.sendUserTo('https://x.example'); api.authentication.challengeWith({ type: 'otp' });`;
    const effects = await effectsOf(body);
    expect(effects).toMatchObject({ denied: 'no', calls: ['access.deny', 'redirect.sendUserTo', 'authentication.challengeWith'] });
    expect([effects.redirectedTo, effects.challenged]).toEqual([undefined, undefined]);
  });

  it('what is thrown fails the login', async () => {
    expect(await effectsOf(`throw new Error('broken')`)).toMatchObject({ error: 'broken' });
    expect(await effectsOf('', event, { handler: 'onContinuePostLogin' })).toMatchObject({ error: 'the Action has no onExecutePostLogin' });
  });

  it.each([
    ['a browser flow', event, true],
    ['prompt=none', silent, false],
    ['a refresh', { ...event, transaction: { protocol: 'oauth2-refresh-token' } }, false],
    ['a password grant', { ...event, transaction: { protocol: 'oauth2-password' } }, false],
    ['no transaction', { ...event, transaction: undefined }, false],
  ] as const)('redirect: %s', async (_, given, can) => {
    const body = `console.log(api.redirect.canRedirect()); api.redirect.sendUserTo('https://x.example/?c=1', { query: { session_token: 's' } })`;
    const effects = await effectsOf(body, given);
    expect(effects.console).toBe(`${can}\n`);
    if (!can) return expect([effects.error, effects.redirectedTo]).toEqual(['interaction_required', undefined]);
    const at = new URL(effects.redirectedTo ?? '');
    return expect(Object.fromEntries(at.searchParams)).toEqual({ c: '1', session_token: 's', state: effects.state });
  });

  it('claims that are reserved, and namespaces of Auth0, are dropped without a word', async () => {
    const names = [
      'amr',
      'acr',
      'sip_x',
      'https://tenant.auth0.com/x',
      'https://webtask.io',
      'urn:auth0:x',
      'https://notauth0.com/x',
      'plain',
    ];
    const body = `for (const name of ${JSON.stringify(names)}) for (const t of [api.idToken, api.accessToken]) t.setCustomClaim(name, 1);`;
    const kept = { 'https://notauth0.com/x': 1, plain: 1 };
    const { idTokenClaims, accessTokenClaims } = await effectsOf(body);
    expect([idTokenClaims, accessTokenClaims]).toEqual([kept, kept]);
  });

  it('a factor is asked for where it is enrolled and not met; none fails the login', async () => {
    const any = (...types: string[]) => `api.authentication.challengeWithAny(${JSON.stringify(types.map((type) => ({ type })))})`;
    expect((await effectsOf(any('otp', 'email'))).challenged).toEqual(['otp']);
    const asked = `api.authentication.challengeWith({ type: 'phone' }, { additionalFactors: [{ type: 'otp' }] })`;
    expect((await effectsOf(asked)).challenged).toEqual(['phone', 'otp']);
    const met = { ...event, authentication: { methods: [{ name: 'mfa', type: 'otp' }] } };
    for (const [types, given] of [[['email'], event] as const, [[], event] as const, [['otp'], met] as const])
      expect((await effectsOf(any(...types), given)).error).toBe('no factor of the challenge can be used');
    expect((await effectsOf(`api.authentication.enrollWithAny([{ type: 'otp' }])`)).enrolled).toEqual(['otp']);
    const exchange = { ...event, transaction: { protocol: 'oauth2-token-exchange' } };
    expect((await effectsOf(any('otp'), exchange)).error).toMatch(/token exchange/);
  });

  it('recordMethod is there on resume only, for web addresses', async () => {
    const body = `api.authentication.recordMethod('https://x.example/auth0')`;
    expect((await effectsOf(body)).error).toMatch(/onContinuePostLogin only/);
    expect((await resumed(body)).recordedMethods).toEqual(['https://x.example/auth0']);
    expect((await resumed(`api.authentication.recordMethod('urn:x')`)).error).toMatch(/http or https/);
  });

  it('resume brings the new request', async () => {
    const effects = await resumed('console.log(event.request.method, event.request.ip, event.request.body.a, event.request.hostname)', {
      ip: '198.51.100.9',
      body: { a: 'b' },
    });
    expect(effects.console).toBe('POST 198.51.100.9 b tenant.example\n');
  });
});

describe('validateToken', () => {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  const good = { sub: 'auth0|1', iss: 'https://x.example', iat: now, exp: now + 60, state: 'abc' };
  const token = (claims: object = good, header: object = { alg: 'HS256', typ: 'JWT' }, key = secret): string => {
    const signed = `${part(header)}.${part(claims)}`;
    return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`;
  };
  const body = `try { console.log(JSON.stringify(api.redirect.validateToken({ secret: event.secrets.SECRET, tokenParameterName: 't' }))); }
    catch (failure) { console.log(failure.message); }`;
  const said = async (t: string | undefined, state = 'abc', where: 'query' | 'body' = 'body'): Promise<string> =>
    (await resumed(body, { [where]: { state, ...(t !== undefined && { t }) } })).console.trim();

  it('answers the claims, from the query or the body', async () => {
    expect(JSON.parse(await said(token()))).toEqual(good);
    expect(JSON.parse(await said(token(), 'abc', 'query'))).toEqual(good);
  });

  const without = (name: keyof typeof good) => ({ ...good, [name]: undefined });
  it.each([
    ['no parameter', undefined, 'abc', /no parameter called 't'/],
    ['no JWT', 'x', 'abc', /not a JWT/],
    // each of the following is wrong in what comes after it in the order, too
    ['another state, before the signature', token(good, {}, 'other'), 'abd', /State/],
    ['no state', token({ ...good, state: undefined }), 'abc', /State/],
    ['another secret, before a missing claim', token(without('exp'), undefined, 'other'), 'abc', /signature/],
    ['alg none', `${token(good, { alg: 'none', typ: 'JWT' }).split('.').slice(0, 2).join('.')}.`, 'abc', /signature/],
    ['another alg, well signed', token(good, { alg: 'HS512', typ: 'JWT' }), 'abc', /signature/],
    ...(['sub', 'iss', 'exp', 'iat'] as const).map(
      (name) => [`no ${name}`, token(without(name), { alg: 'HS256' }), 'abc', new RegExp(`'${name}'`)] as const,
    ),
    ['no typ, before the user', token({ ...good, sub: 'other' }, { alg: 'HS256' }), 'abc', /type of JWT/],
    ['another user, before the time', token({ ...good, sub: 'other', exp: 1 }), 'abc', /subject/],
    ['expired', token({ ...good, exp: now }), 'abc', /expired/],
  ] as const)('%s', async (_, given, state, message) => {
    expect(await said(given, state)).toMatch(message);
  });

  it('opens what encodeToken made, which says who and from where', async () => {
    const effects =
      await effectsOf(`const made = api.redirect.encodeToken({ secret: event.secrets.SECRET, payload: { instance: 'i', sub: 'other' }, expiresInSeconds: 300 });
      console.log(made.split('.')[1]);`);
    const claims = JSON.parse(Buffer.from(effects.console, 'base64url').toString());
    expect(claims).toEqual({
      sub: 'auth0|1',
      iss: 'tenant.example',
      ip: '203.0.113.7',
      instance: 'i',
      iat: expect.any(Number),
      exp: claims.iat + 300,
    });
    expect((await effectsOf(`api.redirect.encodeToken({ secret: '', payload: {} })`)).error).toMatch(/secret/);
  });
});
