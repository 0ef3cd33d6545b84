import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createResourceServer, type ResourceServerOptions } from '../../../adapters/express/index.ts';
import { type Answer, audience, discoveryPath, json, keysPath, startTokenIssuer, type TokenIssuer } from '../../support/token-issuer.ts';
import { type Api, bearer, startApi } from './api.ts';

const minute = 60_000;
const down: Answer = (_, response) => response.destroy();

describe('the keys of an issuer', () => {
  let issuer: TokenIssuer;
  let api: Api;
  let shift = 0;
  const causes: Error[] = [];
  const start = (options: Partial<ResourceServerOptions> = {}) =>
    startApi(
      createResourceServer({
        issuer: issuer.url,
        audience,
        now: () => Date.now() + shift,
        onUnavailable: (cause) => causes.push(cause),
        ...options,
      }).requireToken(),
    );
  beforeEach(async () => {
    shift = 0;
    causes.length = 0;
    issuer = await startTokenIssuer();
    api = await start();
  });
  afterEach(async () => {
    await api.close();
    await issuer.close();
  });
  const fetched = (path = keysPath) => issuer.requests.filter((one) => one === path).length;
  const claims = (): JWTPayload => {
    const iat = Math.floor((Date.now() + shift) / 1000);
    return { iss: issuer.url, aud: audience, sub: 'ada', client_id: 'app', iat, exp: iat + 600 };
  };
  const call = async (token?: string) => api.call([bearer(token ?? (await issuer.sign(claims())))]);
  const status = async (token?: string) => (await call(token)).status;
  /** A second key: what signs with it, and the document that publishes it beside the first. */
  const rotated = async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256');
    const { keys } = (await issuer.published(keysPath)) as { keys: object[] };
    const published = { keys: [...keys, { ...(await exportJWK(publicKey)), alg: 'ES256', use: 'sig', kid: 'next' }] };
    const sign = () => new SignJWT(claims()).setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'next' }).sign(privateKey);
    return { published, sign };
  };

  it('are fetched when first needed, once however many ask, and kept for ten minutes', async () => {
    expect(fetched()).toBe(0);
    const many = await Promise.all(Array.from({ length: 8 }, () => status()));
    expect([many, fetched(), fetched(discoveryPath)]).toEqual([Array(8).fill(200), 1, 1]);
    shift = 9 * minute;
    expect([await status(), fetched()]).toEqual([200, 1]);
    shift = 10 * minute;
    expect([await status(), fetched()]).toEqual([200, 2]);
  });
  it('are fetched anew for a key that is not known, and then not for half a minute', async () => {
    await status();
    const { published, sign } = await rotated();
    expect([await status(await sign()), fetched()]).toEqual([401, 1]);
    issuer.answer(keysPath, json(published));
    shift = 31_000;
    const many = await Promise.all(Array.from({ length: 8 }, async () => status(await sign())));
    expect([many, fetched()]).toEqual([Array(8).fill(200), 2]);
    const unknown = await issuer.sign(claims(), { kid: 'made up' });
    expect([await status(unknown), await status(unknown), fetched()]).toEqual([401, 401, 2]);
    shift = 62_000;
    expect([await status(await issuer.sign(claims(), { kid: 'made up' })), fetched()]).toEqual([401, 3]);
    expect(await status()).toBe(200);
  });
  it('that are published no longer count no longer', async () => {
    expect(await status()).toBe(200);
    issuer.answer(keysPath, json({ keys: [] }));
    shift = 11 * minute;
    expect(await status()).toBe(401);
  });
  it('are used for an hour while the issuer does not answer, and then no more', async () => {
    await status();
    issuer.answer(discoveryPath, down);
    shift = 11 * minute;
    expect([await status(), fetched(discoveryPath)]).toEqual([200, 2]);
    // it is not asked for each request
    expect([await status(), fetched(discoveryPath)]).toEqual([200, 2]);
    shift = 59 * minute;
    expect([await status(), fetched(discoveryPath)]).toEqual([200, 3]);
    shift = 61 * minute;
    expect(await call()).toMatchObject({ status: 503, retryAfter: '30', body: { error: 'temporarily_unavailable' } });
    expect([await status(), fetched(discoveryPath)]).toEqual([503, 4]);
    issuer.answer(discoveryPath, undefined);
    shift = 62 * minute;
    expect(await status()).toBe(200);
  });
  it('a key that is not known while the issuer does not answer: 503, for nobody can know', async () => {
    await status();
    const { sign } = await rotated();
    issuer.answer(keysPath, down);
    shift = minute;
    expect([await status(await sign()), await status(await sign()), await status()]).toEqual([503, 503, 200]);
  });
  it('a clock that was set back keeps none longer', async () => {
    await status();
    shift = -60 * minute;
    expect([await status(), fetched()]).toEqual([200, 2]);
  });

  const broken: Record<string, (doc: Record<string, unknown>) => readonly [string, Answer]> = {
    'no answer to discovery': () => [discoveryPath, down],
    'an error with a good body': (doc) => [discoveryPath, json(doc, 500)],
    'discovery of another issuer': (doc) => [discoveryPath, json({ ...doc, issuer: 'https://evil.example' })],
    'discovery of the issuer with a slash more': (doc) => [discoveryPath, json({ ...doc, issuer: `${doc.issuer}/` })],
    'discovery without issuer': (doc) => [discoveryPath, json({ ...doc, issuer: undefined })],
    'discovery that is a list': (doc) => [discoveryPath, json([doc])],
    'discovery that is null': () => [discoveryPath, json('null')],
    'discovery that is a page': () => [discoveryPath, json('<html>')],
    'no jwks_uri': (doc) => [discoveryPath, json({ ...doc, jwks_uri: undefined })],
    'a jwks_uri without TLS': (doc) => [discoveryPath, json({ ...doc, jwks_uri: 'http://keys.example/jwks' })],
    'a jwks_uri of another kind': (doc) => [discoveryPath, json({ ...doc, jwks_uri: 'data:application/json,{"keys":[]}' })],
    'an introspection endpoint without TLS': (doc) => [
      discoveryPath,
      json({ ...doc, introspection_endpoint: 'http://tokens.example/ask' }),
    ],
    'no answer to the keys': () => [keysPath, down],
    'keys that are none': () => [keysPath, json({ keys: 'none' })],
    'keys of more than a megabyte': () => [keysPath, json({ keys: [], more: 'x'.repeat(1_100_000) })],
    'a redirect to the keys': () => [keysPath, (_, response) => response.writeHead(302, { location: '/elsewhere' }).end()],
    'a redirect of discovery': () => [discoveryPath, (_, response) => response.writeHead(302, { location: '/elsewhere' }).end()],
  };
  it.each(Object.entries(broken))('%s: 503 and no pass, and well again half a minute later', async (_, make) => {
    const [path, answer] = make(await issuer.published(discoveryPath));
    issuer.answer('/elsewhere', json(await issuer.published(path)));
    issuer.answer(path, answer);
    expect(await call()).toMatchObject({ status: 503, retryAfter: '30', body: { error: 'temporarily_unavailable' } });
    expect([causes.length, issuer.requests.includes('/elsewhere')]).toEqual([1, false]);
    issuer.answer(path, undefined);
    expect(await status()).toBe(503);
    shift = 31_000;
    expect(await status()).toBe(200);
  });
  it('an issuer that hangs: 503 at the deadline', async () => {
    const hurried = await start({ timeout: 200 });
    issuer.answer(keysPath, () => {});
    expect((await hurried.call([bearer(await issuer.sign(claims()))])).status).toBe(503);
    await hurried.close();
  });
  it('two keys under one kid: neither is guessed', async () => {
    const { keys } = (await issuer.published(keysPath)) as { keys: object[] };
    const { publicKey } = await generateKeyPair('ES256');
    issuer.answer(keysPath, json({ keys: [...keys, { ...(await exportJWK(publicKey)), kid: 'now' }] }));
    expect(await status()).toBe(401);
  });
  it('a secret or a private key among them is none to verify with', async () => {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    const kid = 'private';
    issuer.answer(
      keysPath,
      json({
        keys: [
          { ...(await exportJWK(privateKey)), kid },
          { kty: 'oct', k: 'AAAA', kid: 'secret', alg: 'HS256' },
        ],
      }),
    );
    const sign = (alg: string, name: string, key: Parameters<SignJWT['sign']>[0]) =>
      new SignJWT(claims()).setProtectedHeader({ alg, typ: 'at+jwt', kid: name }).sign(key);
    expect(await status(await sign('ES256', kid, privateKey))).toBe(401);
    expect(await status(await sign('HS256', 'secret', Buffer.from('AAAA', 'base64')))).toBe(401);
  });
});
