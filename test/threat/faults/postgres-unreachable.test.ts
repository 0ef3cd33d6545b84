import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';
import { managementKey, type Process, type Reply, settings, startProcess } from '../support/server.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

/** Each key has a user of its own: those of one user would wait for each other. */
const open = (key: string): string => `/v1/users/user-${key}/actions/open`;
const configuration = '/v1/management/action-configurations/open';
const unanswered = (reply: Reply): void => {
  expect([reply.status, reply.body.error, reply.body.state, reply.body.consumed]).toEqual([503, 'unavailable', undefined, undefined]);
  expect(Number(reply.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
};

describe('PostgreSQL cannot be reached', () => {
  let postgres: TestPostgres | undefined;
  /** A node, and what stands between it and the database. */
  type Node = { readonly server: Process; readonly way: TcpProxy };
  const nodes: Node[] = [];
  const start = async (): Promise<Node> => {
    const url = new URL(database);
    const way = await startTcpProxy(Number(url.port));
    url.port = String(way.port);
    const node = { way, server: await startProcess(settings(url.href)) };
    nodes.push(node);
    return node;
  };
  let database = '';
  let one: Node;
  let two: Node;
  const track = ({ server }: Node, key: string) => server.call('POST', open(key), { idempotencyKey: key });
  const consume = ({ server }: Node, key: string) => server.call('POST', `${open(key)}/${key}/consume`, {});
  const isReady = ({ server }: Node) =>
    expect.poll(async () => (await server.call('GET', '/readyz')).status, { timeout: 30_000 }).toBe(200);

  beforeAll(async () => {
    postgres = await startPostgres();
    if (!postgres) return;
    database = await postgres.database();
    one = await start();
    two = await start();
    await track(one, 'first');
    await one.server.call('PATCH', configuration, { defaultUserActionResult: 'ALLOW' }, managementKey);
  });
  afterEach(async () => {
    for (const { way } of nodes) way.set('open');
    await Promise.all(nodes.map(isReady));
  });
  afterAll(async () => {
    for (const { server, way } of nodes) {
      await server.end('SIGKILL');
      await way.close();
    }
    await postgres?.stop();
  });

  // fails without: a limit of time for each statement, connection and lock; connections that are given up once one is passed
  it.each(['deaf', 'mute', 'reset'] as const)(
    'the way there is %s: 503 in time, nothing acknowledged, one decision a key afterwards',
    async (passage) => {
      if (!postgres) return;
      const keys = Array.from({ length: 20 }, (_, nth) => `${passage}-${nth % 10}`);
      await track(one, `before-${passage}`);
      const under = keys.map((key) => track(one, key));
      // some are on their way, some are decided already
      await Promise.race(under);
      one.way.set(passage);
      const [during, refused, ready, live] = await Promise.all([
        Promise.all([...under, ...keys.map((key) => track(one, `${key}-late`))]),
        Promise.all([consume(one, `before-${passage}`), track(one, `down-${passage}`)]),
        one.server.call('GET', '/readyz'),
        one.server.call('GET', '/livez'),
      ]);
      for (const reply of during) if (reply.status !== 200) unanswered(reply);
      refused.forEach(unanswered);
      expect([ready.status, live.status]).toEqual([503, 200]);
      one.way.set('open');
      await isReady(one);
      for (const key of new Set([...keys, `down-${passage}`])) {
        const again = await Promise.all([track(one, key), track(two, key), track(one, key)]);
        expect(again.map(({ status, body }) => [status, body.state])).toEqual(again.map(() => [200, 'ALLOW']));
        expect(again.filter(({ headers }) => !headers.has('idempotency-replayed')).length).toBeLessThanOrEqual(1);
      }
      const used = await Promise.all([one, two, one, two].map((node) => consume(node, `before-${passage}`)));
      expect(used.filter(({ status }) => status === 200)).toHaveLength(1);
    },
  );

  it('in slices of one byte all is as ever', async () => {
    if (!postgres) return;
    one.way.set('slices');
    expect((await track(one, 'sliced')).body.state).toBe('ALLOW');
    expect((await consume(one, 'sliced')).status).toBe(200);
    expect((await track(one, 'sliced')).body.error).toBe('idempotency_expired');
  });

  // fails without: a revision that is read with each decision, in place of a policy believed for a while
  it('one node of two is cut off: it says so, the other goes on; healed, it knows what was used and the policy of now', async () => {
    if (!postgres) return;
    for (const key of ['mine', 'yours']) await track(two, key);
    two.way.set('deaf');
    const cut = [consume(two, 'mine'), track(two, 'lost')];
    expect((await consume(one, 'mine')).status).toBe(200);
    expect((await one.server.call('PATCH', configuration, { defaultUserActionResult: 'BLOCK' }, managementKey)).status).toBe(200);
    for (const reply of await Promise.all(cut)) unanswered(reply);
    two.way.set('open');
    const states: unknown[] = [];
    await expect
      .poll(
        async () => {
          const { status, body } = await track(two, `healed-${states.length}`);
          states.push(status === 200 ? body.state : status);
          return status;
        },
        { timeout: 30_000 },
      )
      .toBe(200);
    expect(new Set(states.filter((state) => state !== 503))).toEqual(new Set(['BLOCK']));
    expect((await consume(two, 'mine')).body.error).toBe('already_consumed');
    expect((await track(two, 'lost')).body.state).toBe('BLOCK');
    expect((await one.server.call('PATCH', configuration, { defaultUserActionResult: 'ALLOW' }, managementKey)).status).toBe(200);
  });

  // fails without: a limit of time for locks, and a batch that is tried again user by user
  it('another session holds the lock of a user: his calls are 503 in time, everybody else goes on', async () => {
    if (!postgres) return;
    await track(one, 'held');
    const session = new pg.Client({ connectionString: database });
    await session.connect();
    await session.query('BEGIN');
    await session.query("SELECT * FROM users WHERE user_id = 'user-held' FOR UPDATE");
    const others = Array.from({ length: 20 }, (_, nth) => `free-${nth}`);
    const [his, theirs] = await Promise.all([
      Promise.all([track(one, 'held'), consume(two, 'held'), track(two, 'held')]),
      Promise.all(others.map((key, nth) => track(nth % 2 ? one : two, key))),
    ]);
    his.forEach(unanswered);
    expect(theirs.map(({ status }) => status)).toEqual(others.map(() => 200));
    await session.query('ROLLBACK');
    expect((await consume(two, 'held')).status).toBe(200);

    await session.query('BEGIN');
    await session.query('LOCK TABLE users IN ACCESS EXCLUSIVE MODE');
    const all = await Promise.all(others.map((key) => track(one, `${key}-again`)));
    all.forEach(unanswered);
    await session.query('ROLLBACK');
    await session.end();
    expect((await Promise.all(others.map((key) => track(one, `${key}-again`)))).map(({ status }) => status)).toEqual(others.map(() => 200));
  });

  it('again and again: no connection is left behind', async () => {
    if (!postgres) return;
    for (let round = 0; round < 100; round++) {
      const under = [track(one, `round-${round}`), one.server.call('GET', '/v1/users/user-yours')];
      one.way.set('reset');
      one.way.set('open');
      for (const { status } of await Promise.all(under)) expect([200, 503]).toContain(status);
    }
    await isReady(one);
    await Promise.all(Array.from({ length: 50 }, (_, nth) => track(one, `after-${nth}`)));
    // a pool has ten
    expect(one.way.connections()).toBeLessThanOrEqual(10);
  });
});
