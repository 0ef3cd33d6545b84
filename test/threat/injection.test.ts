import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { startPostgres } from '../support/postgres.ts';
import { storeNames } from './support/nodes.ts';
import { folder, managementKey, type Process, type Reply, settings, startProcess } from './support/server.ts';

const hostile = [
  "' OR '1'='1",
  "'; DROP TABLE users; --",
  '"; DELETE FROM users; --',
  "x' UNION SELECT user_id, doc FROM users --",
  "\\'; SELECT pg_sleep(5) --",
  '1; ATTACH DATABASE x AS y',
  '%',
  '_',
  '*',
  '$[*]',
  '$.email',
  '$$ OR $$',
  '{"$ne":null}',
  '[object Object]',
  '?1',
  ':userId',
  '\u2019 OR 1=1',
  '1e999',
  '0x10',
  '-1',
  'NaN',
  '9'.repeat(40),
  "a'||'b",
];
/** What the places of cursors hold, made hostile. */
const places: readonly unknown[] = [
  null,
  1,
  '',
  [],
  ...hostile,
  ...[1e300, -1e300, 0.5, -1, 2 ** 63].map((createdAt) => ({ createdAt, instanceId: 'i' })),
  ...[1e300, 0.5, 2 ** 63].flatMap((at) => [{ at, id: 'i' }, at]),
  ...hostile.map((instanceId) => ({ createdAt: 1, instanceId })),
  ...hostile.map((id) => ({ at: 1, id })),
];
const encoded = (place: unknown): string => Buffer.from(JSON.stringify(place)).toString('base64url');

type Parameter = { readonly name: string; readonly in: string };
type Document = { readonly paths: Record<string, Record<string, { readonly parameters?: readonly Parameter[] }>> };

describe.each(storeNames)('SQL and JSON path injection (%s)', (name) => {
  const place = folder();
  let server: Process | undefined;
  let postgres: Awaited<ReturnType<typeof startPostgres>>;
  afterAll(async () => {
    await server?.end('SIGKILL');
    await postgres?.stop();
    place.remove();
  });

  // fails without: bound parameters everywhere; bounds of the numbers in a cursor
  it('whatever stands in a query, the answer is a refusal or a list without what was not asked for, and nothing is lost', async (context) => {
    if (name === 'PostgreSQL') postgres = await startPostgres();
    if (name === 'PostgreSQL' && !postgres) return context.skip('skipped: no PostgreSQL here');
    const running = await startProcess(settings(postgres ? await postgres.database() : `sqlite:${place.path}/stepward.db`));
    server = running;
    for (const userId of ['ann', 'bob']) {
      await running.call('PATCH', `/v1/users/${userId}`, { email: `${userId}@example.org`, username: userId });
      for (let nth = 0; nth < 3; nth++) await running.call('POST', `/v1/users/${userId}/actions/signIn`, {});
    }
    const { body: hook } = await running.call(
      'POST',
      '/v1/management/webhooks',
      { url: 'https://198.51.100.1/', events: ['review.created'] },
      managementKey,
    );
    const everything = async (): Promise<string> => {
      const [users, actions] = await Promise.all([
        running.call('GET', '/v1/users?limit=100'),
        running.call('GET', '/v1/management/actions?limit=500', undefined, managementKey),
      ]);
      return users.text + actions.text;
    };
    const before = await everything();

    const { paths } = (await running.call('GET', '/openapi.json')).body as unknown as Document;
    const lists = Object.entries(paths).flatMap(([path, { get }]) => {
      const names = (get?.parameters ?? []).filter((parameter) => parameter.in === 'query').map((parameter) => parameter.name);
      const real = path
        .replace('{userId}', 'ann')
        .replace('{code}', 'signIn')
        .replace('{id}', String(hook.webhookId ?? hook.id));
      return names.length > 0 && !path.startsWith('/v1/client') ? [{ path: real, names }] : [];
    });
    expect(lists.length).toBeGreaterThan(8);
    const ask = async (path: string, parameter: string, value: string): Promise<Reply> => {
      const key = path.startsWith('/v1/management') ? managementKey : undefined;
      const reply = await running.call('GET', `${path}?${parameter}=${encodeURIComponent(value)}`, undefined, key);
      expect([200, 400, 404], `${path} ${parameter}=${value}: ${reply.text}`).toContain(reply.status);
      return reply;
    };
    for (const { path, names } of lists)
      for (const parameter of names) {
        const values = parameter === 'cursor' ? places.map(encoded) : hostile;
        const replies = await Promise.all(values.map((value) => ask(path, parameter, value)));
        // a filter that nothing meets; times, limits and cursors are no such
        if (!['cursor', 'from', 'to', 'fromDate', 'limit', 'lastEvaluatedUserId', 'degraded'].includes(parameter))
          for (const [nth, { status, text }] of replies.entries())
            if (status === 200) expect(text, `${path} ${parameter}=${values[nth]}`).not.toMatch(/ann@|bob@|"idempotencyKey"/);
        await fc.assert(
          fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 60 }), async (value) => void (await ask(path, parameter, value))),
          { numRuns: 15 },
        );
      }
    expect(await everything()).toBe(before);
  });
});
