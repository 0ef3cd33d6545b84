import { afterEach, describe, expect, it } from 'vitest';
import { type Route, routes } from '../../../adapters/http/index.ts';
import { type Limiter, type LimitName, StepwardError } from '../../../core/index.ts';
import { filled } from './route-calls.ts';
import { type Running, running } from './running.ts';

const origin = 'https://app.example.org';
const ofPages = routes.filter(({ scope }) => scope.startsWith('client'));
const nameOf = ({ method, path }: Route): string => `${method} ${path}`;
const keyFor = ({ scope }: Route): string => (scope === 'client-anonymous' ? 'anonymous' : 'token');

describe('limits of the client API', () => {
  let server: Running;
  afterEach(() => server.stop());

  /** Refuses what is named, and notes what was asked. */
  const limited = async (refused: readonly LimitName[] = [], http: Parameters<typeof running>[0] = {}) => {
    const asked: string[] = [];
    const limiter: Limiter = {
      take: async (name, subject) => {
        asked.push(`${name} ${subject}`);
        return refused.includes(name) ? { retryAfter: 17 } : 'admitted';
      },
    };
    server = await running({ ...http, http: { limiter, redirectOrigins: [origin], trustedProxies: ['127.0.0.1'], ...http.http } });
    return asked;
  };
  const call = (route: Route, key: string | null = keyFor(route), headers = {}) =>
    server.call(route.method, filled(route.path), undefined, { key, headers: { origin, ...headers } });

  it.each<LimitName>(['client-address', 'client-token'])(
    'past `%s` each route is 429: JSON, when to come back, readable by the page',
    async (name) => {
      await limited([name]);
      for (const route of ofPages.filter((one) => !one.polled && (name === 'client-address' || keyFor(one) === 'token'))) {
        const { status, headers, body } = await call(route);
        expect([nameOf(route), status, body.error, body.errorCode]).toEqual([nameOf(route), 429, 'too_many_requests', 'too_many_requests']);
        expect([headers['retry-after'], headers['content-type']], nameOf(route)).toEqual(['17', 'application/json']);
        expect([headers['access-control-allow-origin'], headers['www-authenticate']], nameOf(route)).toEqual([origin, undefined]);
      }
      expect(server.calls.filter((one) => one.name !== 'authenticate')).toEqual([]);
    },
  );

  it('an address counts before its token is looked at, so that made-up ones count', async () => {
    const asked = await limited([], { script: { authenticate: new StepwardError('invalid_token', 'forged') } });
    const [route] = ofPages.filter(({ scope, polled }) => scope === 'client' && !polled) as [Route];
    for (const key of ['token', 'anonymous', null]) expect((await call(route, key)).status).toBe(401);
    expect(asked).toEqual(Array(3).fill('client-address 127.0.0.1'));
  });

  it('a token counts for itself, anonymous calls for their address alone', async () => {
    const asked = await limited();
    for (const route of ofPages.filter(({ polled }) => !polled)) {
      asked.length = 0;
      await call(route);
      const [address, token, ...rest] = asked;
      expect([nameOf(route), address, rest]).toEqual([nameOf(route), 'client-address 127.0.0.1', []]);
      expect(token?.split(' ')[0], nameOf(route)).toBe(keyFor(route) === 'token' ? 'client-token' : undefined);
    }
  });

  it('the address is that before the trusted proxies, an IPv6 one with its /64', async () => {
    const asked = await limited();
    const [route] = ofPages as [Route];
    await call(route, keyFor(route), { 'x-forwarded-for': '203.0.113.9' });
    await call(route, keyFor(route), { 'x-forwarded-for': '2001:db8:1:2:3:4:5:6' });
    expect(asked.filter((one) => one.startsWith('client-address'))).toEqual([
      'client-address 203.0.113.9',
      'client-address 2001:db8:1:2::/64',
    ]);
  });

  it('preflights, keys, unknown paths, and all that has a server key are not counted', async () => {
    const asked = await limited(['client-address', 'client-token', 'page-address', 'page-visit', 'page-link']);
    for (const route of ofPages)
      expect((await server.call('OPTIONS', filled(route.path), undefined, { key: null, headers: { origin } })).status).toBe(204);
    for (const route of routes.filter((one) => !ofPages.includes(one))) {
      const key = route.scope === 'public' ? null : route.scope === 'management' ? 'management' : 'server';
      expect([nameOf(route), (await call(route, key)).status]).not.toEqual([nameOf(route), 429]);
    }
    expect((await server.call('POST', '/v1/client/nothing', {}, { key: 'token' })).status).toBe(404);
    expect(asked).toEqual([]);
  });

  describe('a route that is polled for as long as its token lives', () => {
    const polled: Route = { ...(ofPages.find(({ scope, path }) => scope === 'client' && path.endsWith('/init')) as Route), polled: true };
    const every: readonly LimitName[] = ['client-address', 'client-token'];

    it('is not counted with a token of ours, nor with one that has expired', async () => {
      const asked = await limited(every, { http: { routes: [polled] } });
      for (let second = 0; second < 700; second++) expect((await call(polled)).status).toBe(200);
      await server.stop();
      const late = await limited(every, {
        http: { routes: [polled] },
        script: { authenticate: new StepwardError('expired_token', 'late') },
      });
      expect((await call(polled)).status).toBe(401);
      expect([...asked, ...late]).toEqual([]);
    });
    it('is counted with anything else', async () => {
      const asked = await limited([], {
        http: { routes: [polled] },
        script: { authenticate: new StepwardError('invalid_token', 'forged') },
      });
      for (const key of ['token', 'anonymous', null]) expect((await call(polled, key)).status).toBe(401);
      expect(asked).toEqual(Array(3).fill('client-address 127.0.0.1'));
      await server.stop();
      await limited(every, { http: { routes: [polled] }, script: { authenticate: new StepwardError('invalid_token', 'forged') } });
      expect((await call(polled)).status).toBe(429);
    });
  });
});

it('what is polled is every `finalize`, and nothing else', () => {
  for (const route of routes) expect([nameOf(route), route.polled ?? false]).toEqual([nameOf(route), route.path.endsWith('/finalize')]);
});
