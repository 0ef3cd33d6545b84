import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { routes } from '../../../adapters/http/index.ts';
import { filled } from './route-calls.ts';
import { type Running, running } from './running.ts';

let server: Running;
beforeAll(async () => {
  server = await running();
});
afterAll(() => server.stop());

const keyed = routes.filter(({ scope }) => scope !== 'public');

describe('server and management routes have no CORS headers', () => {
  it.each(['https://app.example.org', 'http://localhost:8787', 'null'])(
    'for the origin %s, errors and preflights included',
    async (origin) => {
      for (const { method, path, scope } of keyed) {
        const key = scope === 'management' ? 'management' : 'server';
        const preflight = { origin, 'access-control-request-method': method, 'access-control-request-headers': 'authorization' };
        const answers = [
          await server.call(method, filled(path), undefined, { key, headers: { origin } }),
          await server.call(method, filled(path), undefined, { key: null, headers: { origin } }),
          await server.call('OPTIONS', filled(path), undefined, { key: null, headers: preflight }),
        ];
        const named = answers.flatMap(({ headers }) => Object.keys(headers)).filter((name) => name.startsWith('access-control-'));
        expect(named, `${method} ${path}`).toEqual([]);
        expect(answers[2]?.status, `OPTIONS ${path}`).toBe(405);
      }
    },
  );
});
