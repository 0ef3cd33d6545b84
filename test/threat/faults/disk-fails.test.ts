import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canTrace, failing } from '../support/faulty-disk.ts';
import { folder, managementKey, type Process, type Reply, settings, startProcess } from '../support/server.ts';

describe.skipIf(!canTrace).each([
  ['fsync,fdatasync', 'EIO'],
  ['pwrite64', 'ENOSPC'],
  ['pwrite64', 'EIO'],
])('SQLite on a disk where %s fails with %s', (systemCall, error) => {
  const place = folder();
  const database = `${place.path}/stepward.db`;
  const start = () => startProcess(settings(`sqlite:${database}`));
  const open = '/v1/users/ann/actions/open';
  let server: Process;
  const track = (key: string): Promise<Reply> => server.call('POST', open, { idempotencyKey: key });
  const consume = (key: string): Promise<Reply> => server.call('POST', `${open}/${key}/consume`, {});

  beforeAll(async () => {
    server = await start();
    await track('first');
    await server.call('PATCH', '/v1/management/action-configurations/open', { defaultUserActionResult: 'ALLOW' }, managementKey);
  });
  afterAll(async () => {
    await server?.end('SIGKILL');
    place.remove();
  });

  // fails without: an answer only after the COMMIT; a ping that commits once a commit has failed
  it('acknowledges nothing, says that it is not ready, and goes on by itself when the disk is back', async () => {
    for (const key of ['before', 'used']) expect((await track(key)).body.state).toBe('ALLOW');
    expect((await consume('used')).status).toBe(200);
    const heal = await failing(server.child.pid ?? 0, systemCall, error, [database, `${database}-wal`]);
    const keys = Array.from({ length: 24 }, (_, nth) => `during-${nth}`);
    const during = await Promise.all([...keys.map(track), consume('before'), server.call('PATCH', '/v1/users/ann', { username: 'a' })]);
    for (const { status, headers, body, text } of during) {
      expect([status, body.error, body.state, body.consumed]).toEqual([503, 'unavailable', undefined, undefined]);
      expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
      expect(text).not.toMatch(/disk|I\/O|sqlite|full/i);
    }
    expect([(await server.call('GET', '/readyz')).status, (await server.call('GET', '/livez')).status]).toEqual([503, 200]);
    expect((await consume('used')).status).not.toBe(200);
    await heal();

    await expect.poll(async () => (await server.call('GET', '/readyz')).status, { timeout: 20_000 }).toBe(200);
    const again = await Promise.all(keys.map(track));
    expect(again.map(({ status, body }) => [status, body.state])).toEqual(keys.map(() => [200, 'ALLOW']));
    expect((await consume('before')).status).toBe(200);

    // what is acknowledged now is on the disk
    await server.end('SIGKILL');
    server = await start();
    const found = await Promise.all(keys.map((key) => server.call('GET', `${open}/${key}`)));
    expect(found.map(({ status }) => status)).toEqual(keys.map(() => 200));
    expect([(await consume('before')).body.error, (await consume('used')).body.error]).toEqual(['already_consumed', 'already_consumed']);
    const listed = (await server.call('GET', `/v1/users/ann/actions?codes=open&limit=1000`)).text;
    expect(JSON.parse(listed)).toHaveLength(keys.length + 3);
  });
});
