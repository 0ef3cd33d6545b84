import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  authOf,
  createResourceServer,
  type ResourceServerOptions,
  requireStepUp,
  type StepUpRule,
} from '../../../adapters/express/index.ts';
import { audience, startTokenIssuer, type TokenIssuer } from '../../support/token-issuer.ts';
import { type Api, athOf, bearer, createProver, startApi } from './api.ts';

const [aal1, aal2, aal3] = ['urn:stepward:aal1', 'urn:stepward:aal2', 'urn:stepward:aal3'];
const at = 1_800_000_000;
const publicUrl = 'https://api.example';

describe('a step-up of an API (RFC 9470)', () => {
  let issuer: TokenIssuer;
  let prover: Awaited<ReturnType<typeof createProver>>;
  const open: Api[] = [];
  beforeAll(async () => {
    issuer = await startTokenIssuer();
    prover = await createProver();
  });
  afterAll(async () => {
    await Promise.all(open.map((api) => api.close()));
    await issuer?.close();
  });
  const start = async (rule: StepUpRule, now = at * 1000) => {
    const api = await startApi(requireStepUp({ issuer: issuer.url, audience, publicUrl, now: () => now, ...rule }));
    open.push(api);
    return api;
  };
  const token = (more: object) =>
    issuer.sign({ iss: issuer.url, aud: audience, sub: 'ada', client_id: 'app', iat: at - 500, exp: at + 500, ...more });

  const rules: readonly (readonly [string, StepUpRule, object, 200 | 401])[] = [
    ['the acr itself', { acrValues: [aal2] }, { acr: aal2 }, 200],
    ['a higher level', { acrValues: [aal1] }, { acr: aal3 }, 200],
    ['a lower level', { acrValues: [aal2] }, { acr: aal1 }, 401],
    ['phr where phr is wanted', { acrValues: ['phr'] }, { acr: 'phr' }, 200],
    ['phrh where phr is wanted', { acrValues: ['phr'] }, { acr: 'phrh' }, 200],
    ['phr where phrh is wanted', { acrValues: ['phrh'] }, { acr: 'phr' }, 401],
    ['phr where a level is wanted', { acrValues: [aal1] }, { acr: 'phr' }, 401],
    ['the highest level where phr is wanted', { acrValues: ['phr'] }, { acr: aal3 }, 401],
    ['the second of two', { acrValues: ['phr', aal2] }, { acr: aal2 }, 200],
    ['neither of two', { acrValues: ['phr', aal2] }, { acr: aal1 }, 401],
    ['multi-factor by its other name', { acrValues: ['http://schemas.openid.net/pape/policies/2007/06/multi-factor'] }, { acr: aal2 }, 200],
    ['a value of somebody else, the same', { acrValues: ['gold'] }, { acr: 'gold' }, 200],
    ['a value of somebody else, our highest', { acrValues: ['gold'] }, { acr: aal3 }, 401],
    ['a value that nobody knows', { acrValues: [aal1] }, { acr: 'urn:stepward:aal9' }, 401],
    ['a value in other letters', { acrValues: [aal1] }, { acr: aal1?.toUpperCase() }, 401],
    ['two values in one', { acrValues: [aal1] }, { acr: `${aal1} ${aal2}` }, 401],
    ['constructor', { acrValues: [aal1] }, { acr: 'constructor' }, 401],
    ['__proto__', { acrValues: [aal1] }, { acr: '__proto__' }, 401],
    ['no acr', { acrValues: [aal1] }, { auth_time: at }, 401],
    ['recent enough, to the second', { maxAge: 300 }, { auth_time: at - 300 }, 200],
    ['too old by a second', { maxAge: 300 }, { auth_time: at - 301 }, 401],
    ['max_age 0, now', { maxAge: 0 }, { auth_time: at }, 200],
    ['max_age 0, a second ago', { maxAge: 0 }, { auth_time: at - 1 }, 401],
    ['no auth_time', { maxAge: 300 }, { acr: aal3 }, 401],
    ['both', { acrValues: [aal2], maxAge: 300 }, { acr: aal2, auth_time: at }, 200],
    ['both, a lower level', { acrValues: [aal2], maxAge: 300 }, { acr: aal1, auth_time: at }, 401],
    ['both, too old', { acrValues: [aal2], maxAge: 300 }, { acr: aal2, auth_time: at - 301 }, 401],
    ['both, no acr', { acrValues: [aal2], maxAge: 300 }, { auth_time: at }, 401],
    ['both, no auth_time', { acrValues: [aal2], maxAge: 300 }, { acr: aal2 }, 401],
  ];
  it.each(rules)('%s', async (_, rule, more, status) => {
    const answer = await (await start(rule)).call([bearer(await token(more))]);
    expect(answer.status).toBe(status);
    if (status === 401) expect(answer.body.error).toBe('insufficient_user_authentication');
  });

  const short = { error: 'insufficient_user_authentication', error_description: 'a stronger authentication is needed' };
  it('says what is wanted, in order of preference, and keeps no answer', async () => {
    const api = await start({ acrValues: ['phr', aal2], maxAge: 300 });
    const answer = await api.call([bearer(await token({ acr: aal1, auth_time: at }))]);
    expect(answer).toMatchObject({ status: 401, body: short, cacheControl: 'no-store' });
    expect(answer.challenges).toEqual([
      'Bearer error="insufficient_user_authentication", error_description="a stronger authentication is needed", ' +
        'acr_values="phr urn:stepward:aal2", max_age="300"',
    ]);
    const stale = await api.call([bearer(await token({ acr: aal2, auth_time: at - 301 }))]);
    expect(stale.challenges).toEqual([
      'Bearer error="insufficient_user_authentication", error_description="a more recent authentication is needed", ' +
        'acr_values="phr urn:stepward:aal2", max_age="300"',
    ]);
  });
  it('names what the rule has and no more', async () => {
    const byAcr = await (await start({ acrValues: [aal2] })).call([bearer(await token({}))]);
    expect(byAcr.challenges[0]).toMatch(/needed", acr_values="urn:stepward:aal2"$/);
    const byAge = await (await start({ maxAge: 0 })).call([bearer(await token({}))]);
    expect(byAge.challenges[0]).toMatch(/needed", max_age="0"$/);
  });
  it('quotes what a value holds', async () => {
    const api = await start({ acrValues: ['a"b\\c,d'] });
    expect((await api.call([bearer(await token({}))])).challenges[0]).toMatch(/, acr_values="a\\"b\\\\c,d"$/);
  });
  it('in the scheme of the request: DPoP, with its algorithms', async () => {
    const api = await start({ acrValues: [aal2] });
    const bound = await token({ cnf: { jkt: prover.jkt }, acr: aal1 });
    const proof = await prover.proof({ htm: 'GET', htu: `${publicUrl}/pay`, iat: at, jti: 'j', ath: athOf(bound) });
    expect((await api.call([`Authorization: dpop ${bound}`, `DPoP: ${proof}`])).challenges).toEqual([
      'DPoP error="insufficient_user_authentication", error_description="a stronger authentication is needed", ' +
        'acr_values="urn:stepward:aal2", algs="ES256 PS256 RS256 EdDSA Ed25519"',
    ]);
  });
  it('no token: the schemes alone, and no word of what would be wanted', async () => {
    const answer = await (await start({ acrValues: [aal2], maxAge: 300 })).call([]);
    expect(answer.challenges).toEqual(['Bearer', 'DPoP algs="ES256 PS256 RS256 EdDSA Ed25519"']);
    expect(answer).toMatchObject({ status: 401, body: { error: 'unauthorized' } });
  });
  it('of a token that is not valid nothing more is asked', async () => {
    const answer = await (await start({ acrValues: [aal2] })).call([bearer(await token({ aud: 'https://other.example' }))]);
    expect(answer.challenges).toEqual(['Bearer error="invalid_token", error_description="the token is for another audience"']);
  });
});

describe('the middlewares of one API', () => {
  it('a route may add to what the API asks, with one proof; each stands for itself', async () => {
    const issuer = await startTokenIssuer();
    const prover = await createProver();
    const server = createResourceServer({ issuer: issuer.url, audience, publicUrl });
    const api = await startApi(
      server.requireToken(),
      server.requireStepUp({ acrValues: [aal1 ?? ''] }),
      server.requireStepUp({ acrValues: [aal2 ?? ''] }),
    );
    const send = async (acr: string) => {
      const token = await issuer.issue({ format: 'jwt', jkt: prover.jkt, acr });
      const iat = Math.floor(Date.now() / 1000);
      const proof = await prover.proof({ htm: 'GET', htu: `${publicUrl}/pay`, iat, jti: acr, ath: athOf(token) });
      return api.call([`Authorization: DPoP ${token}`, `DPoP: ${proof}`]);
    };
    expect((await send('urn:stepward:aal2')).status).toBe(200);
    expect((await send('urn:stepward:aal1')).status).toBe(401);
    expect(issuer.requests.length).toBe(2);
    await api.close();
    await issuer.close();
  });
  it('claims that something else put there are not taken for verified ones', async () => {
    expect(() => authOf({ auth: { sub: 'ada' } } as never)).toThrow(TypeError);
    expect(() => authOf({} as never)).toThrow('`requireStepUp` comes first');
  });
  it('work where there is no Express: (request, response, next)', async () => {
    const issuer = await startTokenIssuer();
    const { createServer } = await import('node:http');
    const guard = requireStepUp({ issuer: issuer.url, audience, acrValues: ['phr'] });
    const server = createServer((request, response) => void guard(request, response, () => response.end(authOf(request).sub)));
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
    const authorization = `Bearer ${await issuer.issue({ format: 'jwt', acr: 'phr' })}`;
    expect(await (await fetch(url, { headers: { authorization } })).text()).toBe('ada');
    expect((await fetch(url)).status).toBe(401);
    server.close();
    await issuer.close();
  });
});

describe('options that cannot be meant', () => {
  const good = { issuer: 'https://id.example/oidc', audience, maxAge: 300 };
  const introspection = { clientId: 'api', clientSecret: 's', clients: [] };
  it('and those that can', () => {
    const fine: readonly Partial<ResourceServerOptions & StepUpRule>[] = [
      {},
      { issuer: 'http://localhost:8787/oidc' },
      { audience: ['a', 'b'] },
      { publicUrl: 'https://api.example/v1/' },
      { algorithms: ['ES256'] },
      { introspection },
      { acrValues: ['phr', 'gold'] },
    ];
    for (const options of fine) expect(() => requireStepUp({ ...good, ...options })).not.toThrow();
  });
  const wrong: Record<string, object> = {
    'no issuer': { issuer: undefined },
    'an empty issuer': { issuer: '' },
    'an issuer without TLS': { issuer: 'http://id.example' },
    'an issuer with a query': { issuer: 'https://id.example?a=b' },
    'an issuer with a user': { issuer: 'https://user@id.example' },
    'an issuer that only looks local': { issuer: 'http://localhost.evil.example' },
    'no audience': { audience: undefined },
    'an empty audience': { audience: '' },
    'an empty list of audiences': { audience: [] },
    'a list with an empty audience': { audience: ['a', ''] },
    'a publicUrl without TLS': { publicUrl: 'http://api.example' },
    'a publicUrl that is empty': { publicUrl: '' },
    'a publicUrl with a query': { publicUrl: 'https://api.example?x' },
    'no algorithm': { algorithms: [] },
    'algorithm none': { algorithms: ['ES256', 'none'] },
    'a shared secret': { algorithms: ['HS256'] },
    'introspection without a secret': { introspection: { ...introspection, clientSecret: '' } },
    'introspection without its clients': { introspection: { ...introspection, clients: undefined } },
    'introspection kept too long': { introspection: { ...introspection, cacheFor: 31 } },
    'a tolerance of hours': { clockTolerance: 3_600 },
    'a window that is no number': { proofWindow: Number.NaN },
    'acrValues without a value': { acrValues: undefined },
    'an empty list of acr values': { acrValues: [] },
    'acr values as text': { acrValues: 'phr' },
    'two acr values in one': { acrValues: ['phr urn:stepward:aal2'] },
    'an acr value with a line break': { acrValues: ['phr\r\nX: y'] },
    'a misspelt acr value': { acrValues: ['urn:stepward:aa12'] },
    'maxAge without a value': { maxAge: undefined, acrValues: ['phr'] },
    'maxAge below zero': { maxAge: -1 },
    'maxAge as text': { maxAge: '300' },
  };
  it.each(Object.entries(wrong))('%s: TypeError', (_, options) => {
    expect(() => requireStepUp({ ...good, ...options } as never)).toThrow(TypeError);
  });
  it('nothing asked: TypeError, which names what is for that', () => {
    expect(() => requireStepUp({ issuer: good.issuer, audience })).toThrow('`requireToken`');
  });
});
