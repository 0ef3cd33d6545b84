import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createResourceServer, type ResourceServerOptions } from '../../../adapters/express/index.ts';
import {
  type Answer,
  audience,
  introspecting,
  introspectionPath,
  json,
  startTokenIssuer,
  type TokenIssuer,
} from '../../support/token-issuer.ts';
import { type Api, athOf, bearer, createProver, startApi } from './api.ts';

const publicUrl = 'https://api.example';
const seconds = Math.floor(Date.now() / 1000);

describe('an opaque token (RFC 7662)', () => {
  let issuer: TokenIssuer;
  let api: Api;
  let shift = 0;
  const causes: Error[] = [];
  const start = (options: Partial<ResourceServerOptions> = {}) =>
    startApi(
      createResourceServer({
        issuer: issuer.url,
        audience,
        publicUrl,
        introspection: { ...introspecting, clients: ['app'] },
        now: () => Date.now() + shift,
        onUnavailable: (cause) => causes.push(cause),
        ...options,
      }).requireToken(),
    );
  beforeAll(async () => {
    issuer = await startTokenIssuer();
  });
  beforeEach(async () => {
    shift = 0;
    api = await start();
  });
  afterEach(async () => {
    issuer.answer(introspectionPath, undefined);
    await api.close();
  });
  afterAll(() => issuer?.close());
  const asked = () => issuer.requests.filter((path) => path === introspectionPath).length;

  it('of a real provider is accepted, and what the provider says of it is there', async () => {
    const token = await issuer.issue({ format: 'opaque', acr: 'urn:stepward:aal2', auth_time: seconds });
    const passed = { iss: issuer.url, sub: 'ada', client_id: 'app', acr: 'urn:stepward:aal2', auth_time: seconds, token_type: 'Bearer' };
    expect(await api.call([bearer(token)])).toMatchObject({ status: 200, body: { passed } });
  });
  it('that is bound to a key is accepted with a proof alone', async () => {
    const prover = await createProver();
    const token = await issuer.issue({ format: 'opaque', jkt: prover.jkt });
    const proof = await prover.proof({ htm: 'GET', htu: `${publicUrl}/pay`, iat: seconds, jti: 'j', ath: athOf(token) });
    expect(await api.call([bearer(token)])).toMatchObject({ status: 401, body: { error: 'invalid_token' } });
    expect(await api.call([`Authorization: DPoP ${token}`, `DPoP: ${proof}`])).toMatchObject({ status: 200 });
  });
  const foreign: Record<string, () => Promise<string>> = {
    'that nobody issued': async () => 'made-up',
    'of a client that is not listed': () => issuer.issue({ format: 'opaque', clientId: 'other' }),
    'that is a refresh token': () => issuer.issue({ format: 'opaque', kind: 'RefreshToken' }),
    'that looks like a JWT to the issuer': async () => `${Buffer.from('{"alg":"none"}').toString('base64url')}.x`,
  };
  it.each(Object.entries(foreign))('%s: refused', async (_, make) => {
    const before = asked();
    expect(await api.call([bearer(await make())])).toMatchObject({ status: 401, body: { error: 'invalid_token' } });
    expect(asked()).toBe(before + 1);
  });
  it('a JWT, or what is in three or five parts, is never sent to the issuer', async () => {
    const before = asked();
    for (const token of [await issuer.issue({ format: 'jwt', expiresIn: 1, aud: 'https://other.example' }), 'a.b.c', 'a.b.c.d.e'])
      expect((await api.call([bearer(token)])).status).toBe(401);
    expect(asked()).toBe(before);
  });

  const active = { active: true, token_type: 'Bearer', sub: 'ada', client_id: 'app', exp: seconds + 600 };
  const accepted: Record<string, object> = {
    'as it is': {},
    'for this audience, by a client that is not listed': { client_id: 'other', aud: audience },
    'for several audiences': { client_id: 'other', aud: ['https://other.example', audience] },
    'the type in small letters': { token_type: 'bearer' },
  };
  it.each(Object.entries(accepted))('%s: accepted', async (_, change) => {
    issuer.answer(introspectionPath, json({ ...active, ...change }));
    expect(await api.call([bearer('token')])).toMatchObject({ status: 200, body: { passed: { sub: 'ada' } } });
  });
  const refused: Record<string, object> = {
    'not active': { active: false },
    'for another audience, by a listed client': { aud: 'https://other.example' },
    'for no audience of a list': { aud: [] },
    'for an audience of null': { aud: null },
    'by a client that is not listed': { client_id: 'other' },
    'of another issuer': { iss: 'https://evil.example' },
    'of no type': { token_type: undefined },
    'of another type': { token_type: 'N_A' },
    'DPoP, bound to nothing': { token_type: 'DPoP' },
    'Bearer, bound to a key': { cnf: { jkt: 'k' } },
    'bound to a certificate': { token_type: 'DPoP', cnf: { 'x5t#S256': 'c' } },
    expired: { exp: seconds - 60 },
    'without exp': { exp: undefined },
    'not valid yet': { nbf: seconds + 60 },
    'with iat as text': { iat: String(seconds) },
    'issued in the future': { iat: seconds + 60 },
    'with exp as text': { exp: String(seconds + 600) },
    'without sub': { sub: undefined },
    'without client_id': { client_id: undefined },
    'with acr as a list': { acr: ['phr'] },
  };
  it.each(Object.entries(refused))('%s: refused', async (_, change) => {
    issuer.answer(introspectionPath, json({ ...active, ...change }));
    expect(await api.call([bearer('token')])).toMatchObject({ status: 401, body: { error: 'invalid_token' } });
  });

  const broken: Record<string, readonly [number, unknown]> = {
    'the credentials of this API are wrong': [401, { error: 'invalid_client' }],
    'the request is wrong': [400, { error: 'invalid_request' }],
    'an error of the server': [500, { error: 'server_error' }],
    'an error page': [502, '<html>'],
    'an error with an active token': [500, active],
    'not JSON': [200, 'active'],
    'nothing about the token': [200, {}],
    'active as text': [200, { ...active, active: 'true' }],
    null: [200, null],
    'a list': [200, [active]],
    'more than a megabyte': [200, { ...active, more: 'x'.repeat(1_100_000) }],
  };
  it.each(Object.entries(broken))('%s: 503 and no pass', async (_, [status, body]) => {
    issuer.answer(introspectionPath, json(body, status));
    expect(await api.call([bearer('token')])).toMatchObject({ status: 503, retryAfter: '5', body: { error: 'temporarily_unavailable' } });
  });
  it('a redirect is not followed, whatever is there: 503', async () => {
    issuer.answer('/elsewhere', json(active));
    issuer.answer(introspectionPath, (_, response) => response.writeHead(307, { location: '/elsewhere' }).end());
    expect((await api.call([bearer('token')])).status).toBe(503);
    expect(issuer.requests).not.toContain('/elsewhere');
  });
  it('no answer, or half of one, before the deadline: 503', async () => {
    const hurried = await start({ timeout: 200 });
    issuer.answer(introspectionPath, () => {});
    expect((await hurried.call([bearer('token')])).status).toBe(503);
    issuer.answer(introspectionPath, (_, response) => response.writeHead(200, { 'content-type': 'application/json' }).write('{"active":'));
    expect((await hurried.call([bearer('other')])).status).toBe(503);
    issuer.answer(introspectionPath, (_, response) => response.destroy());
    expect((await hurried.call([bearer('third')])).status).toBe(503);
    expect(causes.at(-1)?.message).toBe(`no answer that can be read from ${issuer.url}${introspectionPath}`);
    await hurried.close();
  });
  it('wrong credentials of this API at a real provider: 503', async () => {
    const wrong = await start({ introspection: { ...introspecting, clientSecret: 'wrong', clients: ['app'] } });
    expect((await wrong.call([bearer(await issuer.issue({ format: 'opaque' }))])).status).toBe(503);
    await wrong.close();
  });

  it('is asked about once in 30 s, however many ask at once, and then anew: a revoked one passes no longer', async () => {
    const token = await issuer.issue({ format: 'opaque' });
    const before = asked();
    const many = await Promise.all(Array.from({ length: 8 }, () => api.call([bearer(token)])));
    expect(many.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect(asked()).toBe(before + 1);
    await issuer.revoke(token);
    shift = 29_000;
    expect((await api.call([bearer(token)])).status).toBe(200);
    shift = 30_000;
    expect((await api.call([bearer(token)])).status).toBe(401);
    expect(asked()).toBe(before + 2);
  });
  it('a kept answer does not outlive the token, nor a clock that was set back', async () => {
    const token = await issuer.issue({ format: 'opaque', expiresIn: 3 });
    expect((await api.call([bearer(token)])).status).toBe(200);
    shift = 10_000;
    expect((await api.call([bearer(token)])).status).toBe(401);
    const other = await issuer.issue({ format: 'opaque' });
    expect((await api.call([bearer(other)])).status).toBe(200);
    await issuer.revoke(other);
    // less than the tolerance: the token itself is fine
    shift = -3_000;
    expect((await api.call([bearer(other)])).status).toBe(401);
  });
  it('an outage is not kept: the next request asks again', async () => {
    issuer.answer(introspectionPath, json({}, 500));
    expect((await api.call([bearer('token')])).status).toBe(503);
    issuer.answer(introspectionPath, json(active));
    expect((await api.call([bearer('token')])).status).toBe(200);
  });
  it('of more at once than 64 the rest is put off', async () => {
    const waiting: Parameters<Answer>[] = [];
    issuer.answer(introspectionPath, (...call) => waiting.push(call));
    const calls = Array.from({ length: 66 }, (_, index) => api.call([bearer(`token-${index}`)]));
    const first = await Promise.race(calls);
    expect(first).toMatchObject({ status: 503, retryAfter: '1' });
    while (waiting.length < 64) await new Promise((done) => setTimeout(done, 5));
    for (const call of waiting) json(active)(...call);
    const statuses = (await Promise.all(calls)).map(({ status }) => status);
    expect([statuses.filter((status) => status === 503).length, statuses.filter((status) => status === 200).length]).toEqual([2, 64]);
  });
});
