import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { routes } from '../../../adapters/http/index.ts';
import { filled } from './route-calls.ts';
import { type Running, running } from './running.ts';

const listed = 'https://app.example.org';
const byEnvironment = 'https://other.example.org';
let server: Running;
beforeAll(async () => {
  server = await running({ http: { redirectOrigins: [byEnvironment] } });
  await server.manage('PATCH', '/tenant', { allowedOrigins: [listed] });
});
afterAll(() => server.stop());

const forPages = routes.filter(({ path }) => path.startsWith('/v1/client/'));
const others = routes.filter(({ path, scope }) => !path.startsWith('/v1/client/') && scope !== 'public');
const preflightOf = (method: string, origin: string) => ({
  origin,
  'access-control-request-method': method,
  'access-control-request-headers': 'authorization, content-type',
});
const corsOf = (headers: Readonly<Record<string, string>>) =>
  Object.entries(headers).filter(([name]) => name.startsWith('access-control-'));

const shared = (origin: string) => [
  ['access-control-allow-origin', origin],
  ['access-control-allow-credentials', 'true'],
  ['access-control-expose-headers', 'Retry-After, X-Request-Id'],
];

describe('the client API is for the pages of listed origins', () => {
  it.each([listed, byEnvironment])('%s is told so: answers, errors and preflights', async (origin) => {
    for (const { method, path, scope } of forPages) {
      const name = `${method} ${path}`;
      const key = scope === 'client-anonymous' ? 'anonymous' : scope === 'public' ? null : 'token';
      const answers = [
        await server.call(method, filled(path), undefined, { key, headers: { origin } }),
        await server.call(method, filled(path), undefined, { key: 'foreign', headers: { origin } }),
        await server.call(method === 'POST' ? 'PUT' : 'POST', filled(path), undefined, { key, headers: { origin } }),
      ];
      for (const { headers } of answers) {
        expect(corsOf(headers), name).toEqual(shared(origin));
        expect(headers.vary, name).toBe('Origin');
        expect(headers['www-authenticate'], name).toBeUndefined();
      }
      const preflight = await server.call('OPTIONS', filled(path), undefined, { key: null, headers: preflightOf(method, origin) });
      expect([preflight.status, preflight.text, preflight.headers['content-type']], name).toEqual([204, '', undefined]);
      expect(corsOf(preflight.headers), name).toEqual([
        ...shared(origin),
        ['access-control-allow-headers', 'authorization, content-type'],
        ['access-control-allow-methods', 'GET, POST, PATCH, DELETE'],
        ['access-control-max-age', '600'],
      ]);
    }
  });
  it('an unknown path of it answers a page too', async () => {
    const { status, headers } = await server.call('POST', '/v1/client/nothing', {}, { key: 'token', headers: { origin: listed } });
    expect([status, headers['access-control-allow-origin']]).toEqual([404, listed]);
  });
  it.each([
    'https://evil.example.org',
    'null',
    'http://app.example.org',
    'https://app.example.org:8443',
    'https://app.example.org.evil.net',
    'https://app.example.org/',
    '*',
  ])('%s is not: the answer has no header, the preflight none', async (origin) => {
    for (const { method, path } of forPages) {
      const answers = [
        await server.call(method, filled(path), undefined, { key: 'token', headers: { origin } }),
        await server.call('OPTIONS', filled(path), undefined, { key: null, headers: preflightOf(method, origin) }),
      ];
      for (const { headers } of answers) {
        expect(corsOf(headers), path).toEqual([]);
        expect(headers.vary, path).toBe('Origin');
      }
    }
  });
  it('an origin taken off the list is refused at the next call', async () => {
    const told = async () =>
      (await server.call('POST', '/v1/client/init', {}, { key: 'token', headers: { origin: 'https://soon.example.org' } })).headers[
        'access-control-allow-origin'
      ];
    await server.manage('PATCH', '/tenant', { allowedOrigins: [listed, 'https://soon.example.org'] });
    expect(await told()).toBe('https://soon.example.org');
    await server.manage('PATCH', '/tenant', { allowedOrigins: [listed] });
    expect(await told()).toBeUndefined();
  });
});

describe('server and management routes have no CORS headers', () => {
  it.each([listed, 'http://localhost:8787', 'null'])('for the origin %s, errors and preflights included', async (origin) => {
    for (const { method, path, scope } of others) {
      const key = scope === 'management' ? 'management' : 'server';
      const answers = [
        await server.call(method, filled(path), undefined, { key, headers: { origin } }),
        await server.call(method, filled(path), undefined, { key: null, headers: { origin } }),
        await server.call('OPTIONS', filled(path), undefined, { key: null, headers: preflightOf(method, origin) }),
      ];
      const named = answers.flatMap(({ headers }) => corsOf(headers));
      expect(named, `${method} ${path}`).toEqual([]);
      expect(answers[2]?.status, `OPTIONS ${path}`).toBe(405);
    }
  });
});
