import { connect } from 'node:net';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { startPostgres } from '../../support/postgres.ts';
import { basic, folder, managementKey, type Process, serverKey, settings, startProcess } from '../support/server.ts';

const long = process.env.STEPWARD_LONG_TESTS === '1';
const rounds = { sqlite: long ? 200 : 2, postgres: long ? 200 : 1 };
const place = folder();
let server: Process | undefined;
afterEach(async () => {
  await server?.end('SIGKILL');
});
afterAll(() => place.remove());

type Acknowledged = { readonly userId: string; readonly key: string; readonly state: unknown; readonly consumed: boolean };

/** Tracks and consumes without pause until the server is gone; remembers what was acknowledged, and what was asked last. */
const load = async ({ call }: Process, round: number, lane: number, done: Acknowledged[], open: string[][]): Promise<void> => {
  for (let nth = 0; ; nth++) {
    const userId = `user-${lane}`;
    const key = `r${round}-${lane}-${nth}`;
    const path = `/v1/users/${userId}/actions/open`;
    try {
      const tracked = await call('POST', path, { idempotencyKey: key });
      if (tracked.status !== 200) return;
      done.push({ userId, key, state: tracked.body.state, consumed: false });
      const consumed = await call('POST', `${path}/${key}/consume`, {});
      if (consumed.status === 200) done[done.length - 1] = { userId, key, state: tracked.body.state, consumed: true };
    } catch {
      open.push([userId, key]);
      return;
    }
  }
};

const killRounds = async (database: string, rounds: number): Promise<void> => {
  for (let round = 0; round < rounds; round++) {
    server = await startProcess(settings(database, { STEPWARD_LOG_LEVEL: 'info' }));
    await server.call('POST', '/v1/users/first/actions/open', {});
    await server.call('PATCH', '/v1/management/action-configurations/open', { defaultUserActionResult: 'ALLOW' }, managementKey);
    const done: Acknowledged[] = [];
    const open: string[][] = [];
    const lanes = Array.from({ length: 8 }, (_, lane) => load(server as Process, round, lane, done, open));
    const enough = 30 + ((round * 37) % 60);
    while (done.length < enough) await new Promise((resolve) => setTimeout(resolve, 1 + (round % 7)));
    await server.end('SIGKILL');
    await Promise.all(lanes);

    server = await startProcess(settings(database, { STEPWARD_LOG_LEVEL: 'info' }));
    const { call } = server;
    const check = async ({ userId, key, state, consumed }: Acknowledged): Promise<void> => {
      const found = await call('GET', `/v1/users/${userId}/actions/open/${key}`);
      expect(found.status, `${key} was acknowledged and is lost`).toBe(200);
      expect(found.body.state, key).toBe(state);
      if (consumed) expect(found.body.consumedAt, key).toBeDefined();
      const again = await call('POST', `/v1/users/${userId}/actions/open/${key}/consume`, {});
      if (consumed) expect([again.status, again.body.error], `${key} was consumed twice`).toEqual([409, 'already_consumed']);
    };
    await Promise.all(done.map(check));
    for (const [userId, key] of open) {
      // a half-done track repeats under its key to one decision
      const answers = await Promise.all(
        Array.from({ length: 3 }, () => call('POST', `/v1/users/${userId}/actions/open`, { idempotencyKey: key })),
      );
      const good = answers.filter(({ status }) => status === 200);
      expect(good.filter(({ headers }) => !headers.has('idempotency-replayed')).length, key).toBeLessThanOrEqual(1);
      for (const { status, body } of answers) if (status !== 200) expect(body.error).toBe('idempotency_expired');
    }
    expect((await call('GET', '/readyz')).status).toBe(200);
    await server.end('SIGKILL');
  }
};

describe('kill -9 under load', () => {
  // fails without: the COMMIT before an answer leaves (queue of the store)
  it(
    `${rounds.sqlite} rounds on SQLite: what was acknowledged is stored, nothing is used twice`,
    () => killRounds(`sqlite:${place.path}/kill.db`, rounds.sqlite),
    1_200_000,
  );

  it(`${rounds.postgres} rounds on PostgreSQL`, async (context) => {
    const postgres = await startPostgres();
    if (!postgres) return context.skip('skipped: no PostgreSQL here');
    try {
      await killRounds(await postgres.database(), rounds.postgres);
    } finally {
      await server?.end('SIGKILL');
      await postgres.stop();
    }
  }, 1_200_000);
});

describe('SIGTERM in flight', () => {
  // fails without: `close` waiting for what runs before the process ends
  it('a request whose body is still on its way is finished', async () => {
    server = await startProcess(settings(`sqlite:${place.path}/slow.db`));
    const body = JSON.stringify({ idempotencyKey: 'slow' });
    const head = `POST /v1/users/ann/actions/open HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${basic(serverKey)}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
    const socket = connect(server.port, '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.write(head + body.slice(0, 5));
    // another answer shows that the first request is being read
    await server.call('GET', '/livez');
    const ended = server.end('SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 300));
    socket.write(body.slice(5));
    expect(await ended).toBe(0);
    await expect.poll(() => answer).toContain('"CHALLENGE_REQUIRED"');
    expect(answer).toMatch(/^HTTP\/1.1 200/);
    socket.destroy();
  });

  // fails without: an answer only after the commit; takes the whole grace without: connections that become idle closed meanwhile
  it('each request is finished or gets 503; what was finished is stored', async () => {
    const database = `sqlite:${place.path}/term.db`;
    server = await startProcess(settings(database));
    const { call } = server;
    await call('POST', '/v1/users/first/actions/open', {});
    const ends: Promise<string>[] = [];
    let ended: Promise<number | null> | undefined;
    for (let nth = 0; nth < 200; nth++) {
      const key = `term-${nth}`;
      ends.push(
        call('POST', `/v1/users/user-${nth % 20}/actions/open`, { idempotencyKey: key }).then(
          ({ status }) => (status === 200 ? key : String(status)),
          () => 'refused',
        ),
      );
      if (nth === 120) {
        // some are answered, some run, the rest is yet to come
        await ends[60];
        ended = server.end('SIGTERM');
      }
    }
    const results = await Promise.all(ends);
    expect(await ended, 'ends in order').toBe(0);
    const stored = results.filter((result) => result.startsWith('term-'));
    expect(stored.length).toBeGreaterThan(60);
    expect(results.filter((result) => !result.startsWith('term-') && result !== '503' && result !== 'refused')).toEqual([]);
    // those that were sent before the signal are answered, not cut
    expect(results.slice(0, 61).every((result) => result.startsWith('term-'))).toBe(true);

    server = await startProcess(settings(database));
    for (const key of stored) {
      const found = await server.call('GET', `/v1/users/user-${Number(key.slice(5)) % 20}/actions/open/${key}`);
      expect(found.status, `${key} is lost`).toBe(200);
    }
  });
});
