import { randomUUID } from 'node:crypto';
import type { JWTHeaderParameters, JWTPayload } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createReplayMemory, createResourceServer } from '../../../adapters/express/index.ts';
import { audience, startTokenIssuer, type TokenIssuer } from '../../support/token-issuer.ts';
import { type Api, type Ask, athOf, bearer, createProver, startApi } from './api.ts';

const publicUrl = 'https://api.example/v1';
const algs = 'ES256 PS256 RS256 EdDSA Ed25519';
type Prover = Awaited<ReturnType<typeof createProver>>;

describe('a DPoP proof (RFC 9449)', () => {
  let issuer: TokenIssuer;
  let api: Api;
  let prover: Prover;
  let token: string;
  beforeAll(async () => {
    issuer = await startTokenIssuer();
    const server = createResourceServer({ issuer: issuer.url, audience, publicUrl });
    // two on one route: a proof counts once, a request is one
    api = await startApi(server.requireToken(), server.requireToken());
    prover = await createProver();
    token = await issuer.issue({ format: 'jwt', jkt: prover.jkt });
  });
  afterAll(async () => {
    await api?.close();
    await issuer?.close();
  });
  const good = (): JWTPayload => ({
    htm: 'GET',
    htu: `${publicUrl}/pay`,
    iat: Math.floor(Date.now() / 1000),
    jti: randomUUID(),
    ath: athOf(token),
  });
  const made = (claims: JWTPayload = {}, header: Partial<JWTHeaderParameters> = {}) => prover.proof({ ...good(), ...claims }, header);
  const send = (proof: string, ask?: Ask, sent = token) => api.call([`Authorization: DPoP ${sent}`, `DPoP: ${proof}`], ask);

  it('is accepted with the token that is bound to its key', async () => {
    expect(await send(await made())).toMatchObject({ status: 200, body: { passed: { cnf: { jkt: prover.jkt } } } });
  });
  const now = Math.floor(Date.now() / 1000);
  const accepted: Record<string, readonly [JWTPayload, Ask?]> = {
    'query and fragment do not count': [{ htu: `${publicUrl}/pay?a=1#b` }, { target: '/pay?c=2' }],
    'scheme and host in capitals, the default port': [{ htu: 'HTTPS://API.example:443/v1/pay' }],
    'another method': [{ htm: 'POST' }, { method: 'POST' }],
    'a little old': [{ iat: now - 50 }],
    'a little ahead': [{ iat: now + 50 }],
    'a nonce that nobody asked for': [{ nonce: 'n' }],
  };
  it.each(Object.entries(accepted))('%s: accepted', async (_, [claims, ask]) => {
    expect(await send(await made(claims), ask)).toMatchObject({ status: 200 });
  });
  it.each(['PS256', 'RS256', 'EdDSA'])('by a key for %s: accepted', async (alg) => {
    const other = await createProver(alg);
    const bound = await issuer.issue({ format: 'jwt', jkt: other.jkt });
    expect(await send(await other.proof({ ...good(), ath: athOf(bound) }), {}, bound)).toMatchObject({ status: 200 });
  });

  it('by a key for an algorithm that is not named in the answer: refused', async () => {
    const other = await createProver('ES384');
    const bound = await issuer.issue({ format: 'jwt', jkt: other.jkt });
    const answer = await send(await other.proof({ ...good(), ath: athOf(bound) }), {}, bound);
    expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_dpop_proof' } });
  });

  const wrongClaims: Record<string, readonly [JWTPayload, Ask?]> = {
    'for another method': [{ htm: 'POST' }],
    'for a method in small letters': [{ htm: 'get' }],
    'without htm': [{ htm: undefined }],
    'for another path': [{ htu: `${publicUrl}/other` }],
    'for a path below': [{ htu: `${publicUrl}/pay/more` }],
    'for another host': [{ htu: 'https://evil.example/v1/pay' }],
    'for the host of the Host header': [{ htu: 'https://evil.example/pay' }],
    'for the address of the machine': [{ htu: 'http://127.0.0.1/pay' }],
    'for the path without what the proxy takes off': [{ htu: 'https://api.example/pay' }],
    'for another scheme': [{ htu: 'http://api.example/v1/pay' }],
    'for another port': [{ htu: 'https://api.example:8443/v1/pay' }],
    'for a URL with a user': [{ htu: 'https://api.example@evil.example/v1/pay' }],
    'for the URL and a user': [{ htu: 'https://user@api.example/v1/pay' }],
    'for a list of URLs': [{ htu: [`${publicUrl}/pay`] }],
    'for no URL': [{ htu: undefined }],
    'for text that is no URL': [{ htu: '/v1/pay' }],
    'a whole URL in the first line of the request': [{ htu: 'https://evil.example/pay' }, { target: 'https://evil.example/pay' }],
    'a path with dots that lead elsewhere': [{}, { target: '/other/../pay' }],
    'a path with encoded dots': [{}, { target: '/other/%2e%2e/pay' }],
    'a path with a backslash': [{}, { target: '/other\\..\\pay' }],
    'a path with a fragment': [{}, { target: '/pay#more' }],
    'a path with two slashes': [{}, { target: '//pay' }],
    'for another token': [{ ath: athOf('other') }],
    'without ath': [{ ath: undefined }],
    'too old': [{ iat: now - 90 }],
    'of the future': [{ iat: now + 90 }],
    'without iat': [{ iat: undefined }],
    'with iat as text': [{ iat: String(now) as never }],
    'without jti': [{ jti: undefined }],
    'with an empty jti': [{ jti: '' }],
    'with a number as jti': [{ jti: 1 as never }],
    'expired by its own word': [{ exp: now - 10 }],
  };
  it.each(Object.entries(wrongClaims))('%s: refused', async (_, [claims, ask]) => {
    expect(await send(await made(claims), ask)).toMatchObject({ status: 401, body: { error: 'invalid_dpop_proof' } });
  });

  const wrongHeaders: Record<string, () => Partial<JWTHeaderParameters>> = {
    'typ JWT': () => ({ typ: 'JWT' }),
    'no typ': () => ({ typ: undefined }),
    'no key': () => ({ jwk: undefined }),
    'its private key': () => ({ jwk: prover.privateJwk }),
    'a key that says another use': () => ({ jwk: { ...prover.jwk, use: 'enc' } }),
    'a secret as key': () => ({ jwk: { kty: 'oct', k: 'AAAA' } }),
    'a key that is text': () => ({ jwk: 'key' as never }),
    'an extension that is critical': () => ({ crit: ['nope'], nope: 1 }),
  };
  it.each(Object.entries(wrongHeaders))('with %s: refused', async (_, header) => {
    expect(await send(await made({}, header()))).toMatchObject({ status: 401, body: { error: 'invalid_dpop_proof' } });
  });

  it('by a key that the token is not bound to: refused', async () => {
    const thief = await createProver();
    expect(await send(await thief.proof(good()))).toMatchObject({ status: 401, body: { error: 'invalid_dpop_proof' } });
    // nor with the bound key shown and another one signing
    expect(await send(await thief.proof(good(), { jwk: prover.jwk }))).toMatchObject({ status: 401 });
  });
  it('a second time: refused, also when both come at once', async () => {
    const proof = await made();
    const answers = await Promise.all(Array.from({ length: 8 }, () => send(proof)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(7).fill(401)]);
  });
  it('its jti by another key: accepted, nobody uses up what is not his', async () => {
    const [jti, other] = [randomUUID(), await createProver()];
    const bound = await issuer.issue({ format: 'jwt', jkt: other.jkt });
    expect(await send(await other.proof({ ...good(), jti, ath: athOf(bound) }), {}, bound)).toMatchObject({ status: 200 });
    expect(await send(await made({ jti }))).toMatchObject({ status: 200 });
  });
  it('missing, twice, or two in one: refused', async () => {
    const header = `Authorization: DPoP ${token}`;
    expect(await api.call([header])).toMatchObject({ status: 401, body: { error: 'invalid_dpop_proof' } });
    const [one, two] = [await made(), await made()];
    expect(await api.call([header, `DPoP: ${one}`, `dpop: ${two}`])).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    expect(await send(`${one}, ${two}`)).toMatchObject({ status: 401, body: { error: 'invalid_dpop_proof' } });
  });
  it('a bound token as Bearer, with or without proof, and an unbound one as DPoP: refused', async () => {
    const proof = await made();
    for (const lines of [[bearer(token)], [bearer(token), `DPoP: ${proof}`]])
      expect(await api.call(lines)).toMatchObject({ status: 401, body: { error: 'invalid_token' } });
    const unbound = await issuer.issue({ format: 'jwt' });
    expect(await send(await made({ ath: athOf(unbound) }), {}, unbound)).toMatchObject({ status: 401, body: { error: 'invalid_token' } });
    expect(await api.call([bearer(unbound)])).toMatchObject({ status: 200 });
  });
  it('a token that is bound to a certificate too: refused, that is not looked at here', async () => {
    const iat = Math.floor(Date.now() / 1000);
    const claims = { iss: issuer.url, aud: audience, sub: 'ada', client_id: 'app', iat, exp: iat + 600 };
    const bound = async (cnf: object) => {
      const sent = await issuer.sign({ ...claims, cnf });
      return send(await made({ ath: athOf(sent) }), {}, sent);
    };
    expect(await bound({ jkt: prover.jkt })).toMatchObject({ status: 200 });
    expect(await bound({ jkt: prover.jkt, 'x5t#S256': 'b' })).toMatchObject({ status: 401, body: { error: 'invalid_token' } });
  });
  it('is refused in the scheme of the request, with the algorithms that are taken', async () => {
    expect((await send(await made({ htm: 'POST' }))).challenges).toEqual([
      `DPoP error="invalid_dpop_proof", error_description="the proof is for another method", algs="${algs}"`,
    ]);
  });
});

describe('what remembers proofs', () => {
  it('forgets one when it has lapsed, and not before', async () => {
    let at = 1_000_000;
    const replay = createReplayMemory(() => at);
    expect([await replay('a', 1_100), await replay('a', 1_100), await replay('b', 1_100)]).toEqual(['first', 'repeated', 'first']);
    at = 1_100_000;
    expect(await replay('a', 1_100)).toBe('repeated');
    at = 1_101_000;
    expect(await replay('a', 1_200)).toBe('first');
  });
  it('forgets none when it is full: it throws until some have lapsed', async () => {
    let at = 0;
    const replay = createReplayMemory(() => at, 2);
    await replay('a', 100);
    await replay('b', 100);
    expect(() => replay('c', 100)).toThrow(RangeError);
    expect(await replay('a', 100)).toBe('repeated');
    at = 101_000;
    expect(await replay('c', 200)).toBe('first');
  });
  it('is shared: told the proof once a request, and out of order is no pass', async () => {
    const issuer = await startTokenIssuer();
    const prover = await createProver();
    const token = await issuer.issue({ format: 'jwt', jkt: prover.jkt });
    const told: [string, number][] = [];
    let answer = (): 'first' | 'repeated' | Promise<never> => 'first';
    const replay = async (proof: string, until: number) => {
      told.push([proof, until]);
      return answer();
    };
    const causes: Error[] = [];
    const api = await startApi(
      createResourceServer({
        issuer: issuer.url,
        audience,
        publicUrl,
        replay,
        onUnavailable: (cause) => causes.push(cause),
      }).requireToken(),
    );
    const iat = Math.floor(Date.now() / 1000);
    const proof = await prover.proof({ htm: 'GET', htu: `${publicUrl}/pay`, iat: iat - 0.5, jti: 'j', ath: athOf(token) });
    const send = () => api.call([`Authorization: DPoP ${token}`, `DPoP: ${proof}`]);
    expect((await send()).status).toBe(200);
    answer = () => 'repeated';
    expect((await send()).status).toBe(401);
    answer = () => {
      throw new Error('the store is gone');
    };
    expect(await send()).toMatchObject({ status: 503, retryAfter: '5', body: { error: 'temporarily_unavailable' } });
    expect(causes.map(({ cause }) => (cause as Error).message)).toEqual(['the store is gone']);
    answer = () => new Promise(() => {});
    expect((await send()).status).toBe(503);
    answer = () => undefined as never;
    expect((await send()).status).toBe(401);
    expect(told).toEqual(Array(5).fill([expect.stringMatching(/^[\w-]{43}$/), iat + 120]));
    await api.close();
    await issuer.close();
  });
});

describe('without publicUrl there is no DPoP', () => {
  it('a bound token passes in no scheme, and DPoP is not offered', async () => {
    const issuer = await startTokenIssuer();
    const prover = await createProver();
    const api = await startApi(createResourceServer({ issuer: issuer.url, audience }).requireToken());
    const token = await issuer.issue({ format: 'jwt', jkt: prover.jkt });
    expect(await api.call([bearer(token)])).toMatchObject({ status: 401, body: { error: 'invalid_token' } });
    expect(await api.call([`Authorization: DPoP ${token}`])).toMatchObject({ status: 401, challenges: ['Bearer'] });
    const twice = await api.call([`Authorization: DPoP ${token}`, bearer(token)]);
    expect(twice).toMatchObject({ status: 400, challenges: [expect.stringMatching(/^Bearer error="invalid_request"/)] });
    await api.close();
    await issuer.close();
  });
});
