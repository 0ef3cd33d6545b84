import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { basic, type Running, running, serverKey } from './running.ts';

const sentence = 'The request is unauthorized. Check that your API key and region base URL are correctly configured.';
let server: Running;
let now = Date.UTC(2026, 0, 1);
beforeAll(async () => {
  server = await running({ now: () => now });
});
afterAll(() => server.stop());

const withHeader = (authorization: string) => server.call('GET', '/v1/users/u', undefined, { key: null, headers: { authorization } });
const made = async (body: Record<string, unknown>) =>
  (await server.manage('POST', '/api-keys', { name: 'k', kind: 'server', ...body })).body;

describe('keys of the environment', () => {
  it.each([
    ['with a colon', basic(serverKey)],
    ['without a colon', `Basic ${Buffer.from(serverKey).toString('base64')}`],
    ['with a password', `Basic ${Buffer.from(`${serverKey}:ignored:too`).toString('base64')}`],
    ['with the scheme in another case', basic(serverKey).replace('Basic', 'bAsIc')],
    ['the older one of two', basic('sk_older')],
  ])('%s: taken', async (_, header) => {
    expect((await withHeader(header)).status).toBe(200);
  });

  it.each([
    ['none', ''],
    ['the scheme alone', 'Basic'],
    ['not base64', 'Basic !!!'],
    ['9000 characters', `Basic ${'A'.repeat(9000)}`],
    ['a bearer token', 'Bearer x'],
    ['another scheme', 'Digest a=b'],
    ['an empty key', 'Basic Og=='],
    ['undefined', 'basic dW5kZWZpbmVk'],
    ['an unsigned token', 'Bearer eyJhbGciOiJub25lIn0.e30.'],
    ['a key that begins right', basic(`${serverKey}x`)],
    ['a key cut short', basic(serverKey.slice(0, -1))],
    ['the key as password', `Basic ${Buffer.from(`:${serverKey}`).toString('base64')}`],
    ['the shape of a made key', basic(`sk_0193a7c4-0000-7000-8000-000000000001_${'a'.repeat(43)}`)],
  ])('%s: 401 with the one sentence', async (_, header) => {
    const { status, body } = await (header === '' ? server.call('GET', '/v1/users/u', undefined, { key: null }) : withHeader(header));
    expect([status, body.error, body.errorCode, body.errorDescription]).toEqual([401, 'unauthorized', 'unauthorized', sentence]);
  });

  it('any other header is 401, never 500 (GHSA-xmf8-cvqr-rfgj)', async () => {
    const printable = fc.string({ unit: fc.integer({ min: 32, max: 126 }).map((code) => String.fromCharCode(code)), maxLength: 200 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('', 'Basic ', 'basic', 'Bearer '), printable, async (scheme, rest) => {
        expect((await withHeader(`${scheme}${rest}`)).status).toBe(401);
      }),
      { numRuns: 150 },
    );
  });

  it('of the wrong kind are forbidden, both ways', async () => {
    const onManagement = await server.call('GET', '/v1/management/tenant', undefined, { key: 'server' });
    const onServer = await server.call('GET', '/v1/users/u', undefined, { key: 'management' });
    expect([onManagement.status, onManagement.body.error]).toEqual([403, 'forbidden']);
    expect([onServer.status, onServer.body.error]).toEqual([403, 'forbidden']);
  });

  it('of both kinds explain', async () => {
    for (const key of ['server', 'management'])
      expect((await server.call('GET', '/v1/users/u/actions/signIn/k-1/explain', undefined, { key })).status).toBe(200);
  });
});

describe('keys made by the management API', () => {
  it('are shown once and kept as a hash', async () => {
    const { key, id } = await made({});
    expect(key).toMatch(/^sk_/);
    const listed = await server.manage('GET', '/api-keys');
    expect(listed.text).toContain(String(id));
    expect(listed.text).not.toContain(String(key));
    const kept = JSON.stringify((await server.store.documentsSince(0)).documents);
    expect(kept).toContain(String(id));
    expect(kept).not.toContain(String(key).slice(-43));
    expect(JSON.stringify(await server.store.audit({ limit: 100 }))).not.toContain(String(key).slice(-43));
  });

  it('open what their kind opens', async () => {
    const [server_, management] = [await made({}), await made({ kind: 'management' })];
    expect((await server.call('GET', '/v1/users/u', undefined, { key: String(server_.key) })).status).toBe(200);
    expect((await server.call('GET', '/v1/management/tenant', undefined, { key: String(server_.key) })).status).toBe(403);
    expect((await server.call('GET', '/v1/management/tenant', undefined, { key: String(management.key) })).status).toBe(200);
  });

  it('are refused when changed', async () => {
    const { key } = await made({});
    const text = String(key);
    const other = text.endsWith('A') ? 'B' : 'A';
    expect((await server.call('GET', '/v1/users/u', undefined, { key: text.slice(0, -1) + other })).status).toBe(401);
  });

  it('end at their time', async () => {
    const { key } = await made({ expiresAt: new Date(now + 60_000).toISOString() });
    expect((await server.call('GET', '/v1/users/u', undefined, { key: String(key) })).status).toBe(200);
    now += 60_000;
    expect((await server.call('GET', '/v1/users/u', undefined, { key: String(key) })).status).toBe(401);
    expect((await server.manage('POST', '/api-keys', { name: 'k', kind: 'server', expiresAt: new Date(now).toISOString() })).status).toBe(
      400,
    );
  });

  it('deleted on one node are refused at once on another', async () => {
    const other = await running({ beside: server, now: () => now });
    const { key, id } = await made({});
    expect((await other.call('GET', '/v1/users/u', undefined, { key: String(key) })).status).toBe(200);
    expect((await server.manage('DELETE', `/api-keys/${id}`)).body).toMatchObject({ success: true, statusCode: 200 });
    expect((await other.call('GET', '/v1/users/u', undefined, { key: String(key) })).status).toBe(401);
    expect((await server.call('GET', '/v1/users/u', undefined, { key: String(key) })).status).toBe(401);
    await other.stop();
  });

  describe('limited to actions', () => {
    let key: string;
    beforeAll(async () => {
      key = String((await made({ actions: ['signIn'] })).key);
    });
    const status = async (method: string, path: string, body?: unknown) => (await server.call(method, path, body, { key })).status;

    it.each([
      ['POST', '/v1/users/u/actions/signIn', {}],
      ['GET', '/v1/users/u/actions/signIn/k-1', undefined],
      ['POST', '/v1/users/u/actions/signIn/k-1/consume', {}],
      ['GET', '/v1/users/u', undefined],
      ['GET', '/v1/users/u/actions?codes=signIn', undefined],
      ['POST', '/v1/validate', { token: 't', action: 'signIn' }],
      ['POST', '/v1/challenge', { userId: 'u', action: 'signIn' }],
      ['GET', '/v1/challenges?action=signIn', undefined],
    ])('%s %s is open', async (method, path, body) => {
      expect(await status(method, path, body)).toBe(200);
    });

    it.each([
      ['POST', '/v1/users/u/actions/withdraw', {}],
      ['GET', '/v1/users/u/actions/withdraw/k-1', undefined],
      ['POST', '/v1/users/u/actions/withdraw/k-1/consume', {}],
      ['GET', '/v1/users/u/actions', undefined],
      ['GET', '/v1/users/u/actions?codes=signIn,withdraw', undefined],
      ['POST', '/v1/validate', { token: 't' }],
      ['POST', '/v1/validate', { token: 't', action: 'withdraw' }],
      ['POST', '/v1/challenge', { userId: 'u' }],
      ['GET', '/v1/challenges?userId=u', undefined],
      ['GET', '/v1/users', undefined],
      ['PATCH', '/v1/users/u', { email: 'a@example.org' }],
      ['DELETE', '/v1/users/u', undefined],
      ['POST', '/v1/users/u/authenticators', { verificationMethod: 'EMAIL_OTP', email: 'a@example.org' }],
    ])('%s %s is forbidden', async (method, path, body) => {
      expect(await status(method, path, body)).toBe(403);
    });

    it('a management key of one action makes no other keys and changes no other action', async () => {
      const { key: limited } = await made({ kind: 'management', actions: ['signIn'] });
      await server.manage('POST', '/action-configurations', { actionCode: 'signIn' });
      await server.manage('POST', '/action-configurations', { actionCode: 'withdraw' });
      const sent = { key: String(limited) };
      expect((await server.manage('GET', '/action-configurations/signIn', undefined, sent)).status).toBe(200);
      expect((await server.manage('GET', '/action-configurations/withdraw', undefined, sent)).status).toBe(403);
      expect((await server.manage('POST', '/api-keys', { name: 'k', kind: 'management' }, sent)).status).toBe(403);
      expect((await server.manage('PATCH', '/tenant', { name: 'mine' }, sent)).status).toBe(403);
    });
  });
});
