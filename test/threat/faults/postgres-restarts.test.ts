import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';
import { managementKey, type Process, settings, startProcess } from '../support/server.ts';

describe('PostgreSQL stops and comes back', () => {
  let postgres: TestPostgres | undefined;
  let server: Process;
  beforeAll(async () => {
    postgres = await startPostgres();
    if (!postgres) return;
    server = await startProcess(settings(await postgres.database()));
    await server.call('POST', '/v1/users/ann/actions/open', {});
    await server.call('PATCH', '/v1/management/action-configurations/open', { defaultUserActionResult: 'ALLOW' }, managementKey);
  });
  afterAll(async () => {
    await server?.end('SIGKILL');
    await postgres?.stop();
  });

  // fails without: `unavailable` for every failure of the driver, and a pool that forgets dead connections
  it('nothing but 503 with Retry-After meanwhile; then one decision a key, and readyz is green', async (context) => {
    if (!postgres) return context.skip('skipped: no PostgreSQL here');
    const { call } = server;
    const track = (key: string) => call('POST', '/v1/users/ann/actions/open', { idempotencyKey: key });
    const before = await track('before');
    expect(before.body.state).toBe('ALLOW');
    const inFlight = Promise.all(Array.from({ length: 40 }, (_, nth) => track(`storm-${nth % 8}`)));
    await postgres.kill9();
    for (const { status, headers, body } of await inFlight) {
      if (status === 200) continue;
      expect([status, body.error]).toEqual([503, 'unavailable']);
      expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    }
    const [down, consumed, ready, live] = await Promise.all([
      track('down'),
      call('POST', '/v1/users/ann/actions/open/before/consume', {}),
      call('GET', '/readyz'),
      call('GET', '/livez'),
    ]);
    expect([down.status, down.body.error, down.body.state]).toEqual([503, 'unavailable', undefined]);
    expect([consumed.status, ready.status, live.status]).toEqual([503, 503, 200]);

    await postgres.restart();
    await expect.poll(async () => (await call('GET', '/readyz')).status, { timeout: 20_000 }).toBe(200);
    expect((await call('GET', '/v1/users/ann/actions/open/before')).body.state).toBe('ALLOW');
    expect((await call('POST', '/v1/users/ann/actions/open/before/consume', {})).status).toBe(200);
    for (let nth = 0; nth < 8; nth++) {
      const again = await Promise.all([track(`storm-${nth}`), track(`storm-${nth}`), track(`storm-${nth}`)]);
      expect(again.map(({ status }) => status)).toEqual([200, 200, 200]);
      expect(again.filter(({ headers }) => !headers.has('idempotency-replayed')).length).toBeLessThanOrEqual(1);
    }
    expect((await track('down')).body.state).toBe('ALLOW');
  });
});
