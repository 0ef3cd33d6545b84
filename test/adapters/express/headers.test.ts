import type { RequestHandler } from 'express';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createResourceServer } from '../../../adapters/express/index.ts';
import { audience, introspecting, startTokenIssuer, type TokenIssuer } from '../../support/token-issuer.ts';
import { type Api, type Ask, bearer, createProver, startApi } from './api.ts';

const form = 'Content-Type: application/x-www-form-urlencoded';

describe('the headers of a request to an API (RFC 6750 §2, §3; GHSA-xmf8-cvqr-rfgj)', () => {
  let issuer: TokenIssuer;
  let api: Api;
  let token: string;
  let bound: string;
  beforeAll(async () => {
    issuer = await startTokenIssuer();
    const introspection = { ...introspecting, clients: ['app'] };
    api = await startApi(
      createResourceServer({ issuer: issuer.url, audience, publicUrl: 'https://api.example', introspection }).requireToken(),
    );
    token = await issuer.issue({ format: 'jwt' });
    bound = await issuer.issue({ format: 'jwt', jkt: (await createProver()).jkt });
  });
  afterAll(async () => {
    await api?.close();
    await issuer?.close();
  });

  const accepted: Record<string, (token: string) => readonly [readonly string[], Ask?]> = {
    'as it is': (given) => [[bearer(given)]],
    'the scheme in small letters': (given) => [[`authorization: bearer ${given}`]],
    'several spaces': (given) => [[`Authorization: Bearer   ${given}`]],
    'another header that is like it': (given) => [[bearer(given), 'X-Authorization: Bearer other', 'Proxy-Authorization: Bearer other']],
    'a form without a token': (given) => [[bearer(given), form], { method: 'POST', body: 'amount=1' }],
    'JSON that has the word': (given) => [
      [bearer(given), 'Content-Type: application/json'],
      { method: 'POST', body: '{"access_token":"a"}' },
    ],
    'a query that has the word in it': (given) => [[bearer(given)], { target: '/pay?my_access_token=a' }],
  };
  it.each(Object.entries(accepted))('%s: accepted', async (_, make) => {
    const [lines, ask] = make(token);
    expect((await api.call(lines, ask)).status).toBe(200);
  });

  const none: Record<string, readonly [readonly string[], Ask?]> = {
    'no header': [[]],
    'an empty header': [['Authorization:']],
    'another scheme': [['Authorization: Basic YTpi']],
    'a scheme that begins alike': [['Authorization: Bearerx abc']],
    'the token alone': [['Authorization: TOKEN']],
    'the token in the query alone': [[], { target: '/pay?access_token=TOKEN' }],
    'the token in the form alone': [[form], { method: 'POST', body: 'access_token=TOKEN' }],
    'the token in a cookie': [['Cookie: access_token=TOKEN']],
    'the token in a header that is like it': [['X-Authorization: Bearer TOKEN']],
  };
  it.each(Object.entries(none))('%s: 401 with the bare schemes', async (_, [lines, ask = {}]) => {
    const filled = (text = '') => text.replace('TOKEN', token);
    const answer = await api.call(lines.map(filled), { ...ask, target: filled(ask.target ?? '/pay'), body: filled(ask.body) });
    expect(answer).toMatchObject({ status: 401, challenges: ['Bearer', expect.stringMatching(/^DPoP algs="[A-Za-z0-9 ]+"$/)] });
  });

  const malformed: Record<string, () => readonly [readonly (string | Buffer)[], Ask?]> = {
    'no token': () => [['Authorization: Bearer']],
    'two headers': () => [[bearer(token), bearer(token)]],
    'two headers, the first of another scheme': () => [['Authorization: Basic YTpi', bearer(token)]],
    'two headers of two schemes': () => [[bearer(token), `Authorization: DPoP ${bound}`]],
    'two tokens in one': () => [[`${bearer(token)} ${token}`]],
    'a list': () => [[`${bearer(token)}, Bearer ${token}`]],
    'a token in quotes': () => [[`Authorization: Bearer "${token}"`]],
    'a parameter after it': () => [[`${bearer(token)}, realm="x"`]],
    'not UTF-8': () => [[Buffer.from([...Buffer.from(`${bearer(token)}`), 0xff, 0xfe])]],
    'letters that are not ASCII': () => [[`Authorization: Bearer töken`]],
    'longer than 8 kB': () => [[bearer('a'.repeat(8_193))]],
    'also in the query': () => [[bearer(token)], { target: `/pay?access_token=${token}` }],
    'also in the query, encoded': () => [[bearer(token)], { target: '/pay?a=b&%61ccess_token=x' }],
    'also in the query, empty': () => [[bearer(token)], { target: '/pay?access_token' }],
    'also in the form': () => [[bearer(token), form], { method: 'POST', body: `a=b&access_token=${token}` }],
    'also in the form, with a charset': () => [[bearer(token), `${form}; charset=utf-8`], { method: 'POST', body: 'access_token=x' }],
  };
  it.each(Object.entries(malformed))('%s: 400 invalid_request', async (_, make) => {
    const [lines, ask] = make();
    const answer = await api.call(lines, ask);
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request', error_description: expect.any(String) } });
    expect(answer.challenges).toEqual([expect.stringMatching(/^Bearer error="invalid_request", error_description="[^"\\]+"$/)]);
  });
  it('what a middleware before it makes of the header counts: put there, or taken away', async () => {
    const rules = createResourceServer({ issuer: issuer.url, audience }).requireToken();
    const puts: RequestHandler = (request, _response, next) => {
      request.headers.authorization = `Bearer ${token}`;
      next();
    };
    const takes: RequestHandler = (request, _response, next) => {
      delete request.headers.authorization;
      next();
    };
    const [put, taken] = [await startApi(puts, rules), await startApi(takes, rules)];
    expect([(await put.call([])).status, (await taken.call([bearer(token)])).status]).toEqual([200, 401]);
    await put.close();
    await taken.close();
  });
  it('a DPoP header that is too long: 400', async () => {
    expect((await api.call([`Authorization: DPoP ${bound}`, `DPoP: ${'a'.repeat(8_193)}`])).status).toBe(400);
  });
  it('more than Node takes: 431, before anything of ours', async () => {
    expect((await api.call([bearer('a'.repeat(20_000))])).status).toBe(431);
  });

  it('whatever is sent: 400 or 401, never a pass, never an error', async () => {
    const scheme = fc.constantFrom('Bearer', 'DPoP', 'bearer', 'Basic', 'Digest', '', 'BEARER,');
    const part = fc.oneof(
      fc.string({
        unit: fc.integer({ min: 0x21, max: 0xff }).map((code) => String.fromCharCode(code === 0x7f ? 0x80 : code)),
        maxLength: 60,
      }),
      fc.constantFrom('a.b.c', 'eyJhbGciOiJub25lIn0.e30.', '..', '...', 'a', '=', '__proto__', 'null', 'undefined', '{}', '%00', '"'),
      fc.json().map((text) => `${Buffer.from(text).toString('base64url')}.${Buffer.from(text).toString('base64url')}.AAAA`),
    );
    const line = (name: string) =>
      fc.tuple(scheme, part).map(([word, text]) => Buffer.from(`${name}: ${word} ${text}`.replace(/[\r\n\0]/g, ''), 'latin1'));
    const proof = part.map((text) => Buffer.from(`DPoP: ${text}`, 'latin1'));
    const lines = fc.tuple(fc.array(line('Authorization'), { maxLength: 2 }), fc.array(proof, { maxLength: 2 })).map((all) => all.flat());
    await fc.assert(
      fc.asyncProperty(lines, async (sent) => {
        const { status, body, challenges } = await api.call(sent);
        expect([400, 401]).toContain(status);
        expect(body).toMatchObject({ error: expect.any(String), error_description: expect.any(String) });
        expect(challenges.join()).toMatch(/^[\x20-\x7e]+$/);
      }),
      { numRuns: 300 },
    );
  });
  it('a good token with anything put in, or taken out: 400 or 401', async () => {
    const change = fc.tuple(fc.nat({ max: token.length - 1 }), fc.constantFrom('', 'A', '.', '-', '=', '~', ' ', 'é'));
    await fc.assert(
      fc.asyncProperty(change, async ([at, put]) => {
        const changed = put === '' ? token.slice(0, at) + token.slice(at + 1) : `${token.slice(0, at)}${put}${token.slice(at)}`;
        if (changed.trim() === token) return;
        expect([400, 401]).toContain((await api.call([Buffer.from(bearer(changed), 'latin1')])).status);
      }),
      { numRuns: 200 },
    );
  });
});
