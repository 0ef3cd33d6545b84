import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Route, routes } from '../../../adapters/http/index.ts';
import { filled, routeCalls } from './route-calls.ts';
import { type Answer, type Running, running } from './running.ts';

/** Routes whose bodies may be longer, and how long. */
const longer: Readonly<Record<string, number>> = {
  'POST /v1/management/value-lists': 8_388_608,
  'PATCH /v1/management/value-lists/{alias}': 8_388_608,
};

let server: Running;
beforeAll(async () => {
  server = await running();
});
afterAll(() => server.stop());

const nameOf = ({ method, path }: Route): string => `${method} ${path}`;
const table = new Map(routes.map((route) => [nameOf(route), route]));
const keyFor = {
  server: 'server',
  management: 'management',
  'server-or-management': 'server',
  client: 'token',
  'client-or-anonymous': 'token',
  'client-anonymous': 'anonymous',
  public: null,
} as const;
const wrongFor = { server: 'management', management: 'server' } as const;

/** Every call of the list in its order, as its right caller. */
const crawl = async (): Promise<ReadonlyMap<string, Answer>> => {
  const answers = new Map<string, Answer>();
  const ids: Record<string, string> = {};
  for (const { route: name, path, body, headers = {}, prepare } of routeCalls) {
    const route = table.get(name);
    if (!route) continue;
    await prepare?.(server.store, ids);
    const sent = body === undefined ? undefined : JSON.parse(JSON.stringify(body).replaceAll('{ruleId}', ids.ruleId ?? ''));
    const answer = await server.call(route.method, filled(path ?? route.path, ids), sent, { key: keyFor[route.scope], headers });
    for (const id of ['ruleId', 'id']) if (typeof answer.body?.[id] === 'string') ids[id] = String(answer.body[id]);
    answers.set(name, answer);
  }
  return answers;
};

describe('the route table', () => {
  it('has a call in this test for each of its routes, and none for others', () => {
    expect(routeCalls.map(({ route }) => route).sort()).toEqual([...table.keys()].sort());
  });

  it('names each route once', () => {
    expect(table.size).toBe(routes.length);
  });

  it('each route answers as documented: status, content type, shape', async () => {
    const answers = await crawl();
    for (const { route: name, status = 200 } of routeCalls) {
      const route = table.get(name);
      const answer = answers.get(name);
      expect([name, answer?.status, answer?.text.slice(0, 200)]).toEqual([name, status, expect.anything()]);
      expect(answer?.headers['content-type'], name).toBe(status === 204 ? undefined : 'application/json');
      expect(answer?.headers['x-request-id'], name).toBeTruthy();
      if (name !== 'GET /v1/client/public/{tenantId}/.well-known/jwks' && name !== 'GET /openapi.json')
        expect(answer?.headers['cache-control'], name).toBe('no-store');
      expect(route?.status ?? (route?.response ? 200 : 204), name).toBe(status);
      if (route?.response) expect(route.response.safeParse(answer?.body).error, name).toBeUndefined();
      if (status !== 204) expect(typeof answer?.body === 'object' && answer.body !== null, name).toBe(true);
    }
  });

  it('each keyed route refuses: no key, a foreign key, the other kind of key', async () => {
    for (const route of routes.filter(({ scope }) => scope !== 'public')) {
      const refused = async (key: string | null) => {
        const { status, body } = await server.call(route.method, filled(route.path), undefined, { key });
        return [status, body.error, body.errorCode];
      };
      expect([nameOf(route), await refused(null)]).toEqual([nameOf(route), [401, 'unauthorized', 'unauthorized']]);
      expect([nameOf(route), await refused('foreign')]).toEqual([nameOf(route), [401, 'unauthorized', 'unauthorized']]);
      if (route.scope === 'server' || route.scope === 'management')
        expect([nameOf(route), await refused(wrongFor[route.scope])]).toEqual([nameOf(route), [403, 'forbidden', 'forbidden']]);
    }
  });

  it('each route refuses a body that is too large, of a foreign type, malformed, or too deep', async () => {
    for (const route of routes) {
      const sent = async (raw: string, type = 'application/json') => {
        const key = keyFor[route.scope];
        const answer = await server.call(route.method, filled(route.path), undefined, { key, raw, headers: { 'content-type': type } });
        return [answer.status, answer.body.error];
      };
      const name = nameOf(route);
      const limit = longer[name] ?? 262_144;
      expect([name, route.bodyLimit ?? 262_144]).toEqual([name, limit]);
      expect([name, await sent(`{"x":"${'x'.repeat(limit)}"}`)]).toEqual([name, [413, 'payload_too_large']]);
      expect([name, await sent('x=1', 'application/x-www-form-urlencoded')]).toEqual([name, [415, 'unsupported_media_type']]);
      expect([name, await sent('{"a":')]).toEqual([name, [400, 'invalid_request']]);
      expect([name, await sent(`{"a":${'['.repeat(10_000)}${']'.repeat(10_000)}}`)]).toEqual([name, [400, 'invalid_request']]);
    }
  });

  it('an empty body with a JSON content type is {}: never a refusal as bad JSON', async () => {
    for (const route of routes.filter(({ method }) => method !== 'GET' && method !== 'DELETE')) {
      const { body, status } = await server.call(route.method, filled(route.path), undefined, { key: keyFor[route.scope], raw: '' });
      expect(body.errorDescription ?? '', nameOf(route)).not.toMatch(/JSON/);
      expect(status, nameOf(route)).not.toBe(415);
    }
  });

  it('each error body has error = errorCode and is an object', async () => {
    // a page of another origin asks first: the client API answers that
    for (const route of routes.filter(({ path }) => !path.startsWith('/v1/client/'))) {
      const { body, status } = await server.call('OPTIONS', filled(route.path), undefined, { key: null });
      expect([status, body.error, body.errorCode]).toEqual([405, 'method_not_allowed', 'method_not_allowed']);
      expect(Object.keys(body).sort()).toEqual(['error', 'errorCode', 'errorDescription', 'requestId']);
    }
  });
});

describe('mass assignment', () => {
  it('what the server alone writes has no effect in any body', async () => {
    server.calls.length = 0;
    const extra = {
      state: 'ALLOW',
      decision: { outcome: 'ALLOW' },
      outcome: 'ALLOW',
      tenantId: 'other',
      consumedAt: '2026-01-01T00:00:00.000Z',
    };
    await server.call('POST', '/v1/users/u/actions/signIn', extra);
    await server.call('POST', '/v1/users/u/actions/signIn/k-1/consume', { ...extra, consumed: true });
    await server.call('PATCH', '/v1/users/u', { ...extra, email: 'u@example.org', isEnrolled: true });
    expect(JSON.parse(JSON.stringify(server.calls)).map(({ args }: { args: unknown[] }) => args.at(-1))).toEqual([
      { userId: 'u', action: 'signIn' },
      {},
      { email: 'u@example.org' },
    ]);
    const { body } = await server.manage('PATCH', '/tenant', { tenantId: 'other', epoch: 9 });
    expect([body.tenantId, body.epoch]).toEqual(['test', undefined]);
  });
});
