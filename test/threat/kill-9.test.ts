import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { createStore } from '../../adapters/store/create-store.ts';
import type { Store } from '../../core/ports/store.ts';
import { startPostgres } from '../support/postgres.ts';

const rounds = 4;
/** Acknowledged writes after which the blow falls, some milliseconds later. */
const blows = [
  { after: 40, wait: 0 },
  { after: 300, wait: 3 },
  { after: 150, wait: 11 },
  { after: 500, wait: 1 },
] as const;

const writer = join(import.meta.dirname, 'kill-9', 'writer.ts');

/** Lets the writer run until `blow` falls; answers the numbers that it had been told are stored. */
const writeUntil = async (url: string, round: number, blow: (kill: () => boolean) => Promise<void>): Promise<number[]> => {
  const { after, wait } = blows[round % blows.length] ?? blows[0];
  const child = spawn(process.execPath, [writer, url, String(round * 1_000_000)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'close');
  let said = '';
  let lines = 0;
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk) => {
      said += chunk;
      lines += String(chunk).split('\n').length - 1;
      if (lines >= after) resolve();
    });
    child.once('exit', () => reject(new Error('the writer ended by itself')));
  }).finally(() => child.removeAllListeners('exit'));
  await setTimeout(wait);
  await blow(() => child.kill('SIGKILL'));
  await exited;
  return said.split('\n').slice(0, -1).map(Number);
};

const reopened = async (url: string): Promise<Store> => {
  const store = await createStore(url, { now: Date.now, uuid: () => 'unused', warn: () => undefined });
  await store.migrate();
  return store;
};

/** Everything acknowledged is there, and nothing is there by half. */
const expectStored = async (store: Store, acknowledged: readonly number[]): Promise<void> => {
  const missing: number[] = [];
  for (const number of acknowledged) if (!(await store.user(`user-${number}`))) missing.push(number);
  expect(missing).toEqual([]);
  const users: string[] = [];
  for (;;) {
    const page = await store.users({ limit: 500, ...(users.length > 0 ? { afterUserId: users.at(-1) ?? '' } : {}) });
    if (page.length === 0) break;
    users.push(...page.map(({ userId }) => userId));
  }
  // The user, the count and the event of one unit of work stand or fall together.
  expect(await store.counts([{ key: 'all', since: [0] }])).toEqual([[users.length]]);
  expect(users.length).toBeGreaterThanOrEqual(acknowledged.length);
};

describe('kill -9', () => {
  it('of the process: what SQLite acknowledged is stored, the rest whole or not at all', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'stepward-kill-'));
    const url = `sqlite:${join(folder, 'store.db')}`;
    const acknowledged: number[] = [];
    for (let round = 0; round < rounds; round++) {
      acknowledged.push(
        ...(await writeUntil(url, round, async (kill) => {
          kill();
        })),
      );
      const store = await reopened(url);
      await expectStored(store, acknowledged);
      await store.close();
    }
    rmSync(folder, { recursive: true });
  });
});

const server = await startPostgres();

describe.skipIf(!server)('kill -9 on PostgreSQL', () => {
  afterAll(() => server?.stop());

  const whole = async (url: string, blow: (kill: () => boolean) => Promise<void>): Promise<void> => {
    const acknowledged: number[] = [];
    for (let round = 0; round < rounds; round++) {
      acknowledged.push(...(await writeUntil(url, round, blow)));
      const store = await reopened(url);
      await expectStored(store, acknowledged);
      await store.close();
    }
  };

  it('of the process: what was acknowledged is stored, the rest whole or not at all', async () => {
    if (!server) return;
    await whole(await server.database(), async (kill) => {
      kill();
    });
  });

  it('of the server: the same, and the process goes on once the server is back', async () => {
    if (!server) return;
    await whole(await server.database(), async (kill) => {
      await server.kill9();
      await setTimeout(50);
      await server.restart();
      await setTimeout(200);
      kill();
    });
  });

  it('of the server: calls are answered `unavailable` or succeed, and none waits for ever', async () => {
    if (!server) return;
    const url = await server.database();
    const store = await reopened(url);
    const bump = (userId: string) =>
      store.transact({ userId, load: {}, run: () => ({ answer: userId, changes: { counted: [{ key: userId, at: 1 }] } }) });
    await bump('before');
    await server.kill9();
    const during = await Promise.allSettled([bump('one'), bump('two'), store.user('one'), store.ping()]);
    for (const one of during) expect(one).toMatchObject({ status: 'rejected', reason: { code: 'unavailable' } });
    await server.restart();
    await store.ping();
    expect(await bump('after')).toBe('after');
    expect(await store.counts([{ key: 'before', since: [0] }])).toEqual([[1]]);
    await store.close();
  });
});
