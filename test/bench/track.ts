import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startPostgres } from '../support/postgres.ts';
import { fill } from './fill.ts';
import { type Load, load, median, spreadOf } from './load.ts';
import type { Result } from './result.ts';

const root = resolve(import.meta.dirname, '../..');
export const rounds = 3;
const seconds = 5;
export const keys = { server: `sk_${randomBytes(24).toString('hex')}`, management: `mk_${randomBytes(24).toString('hex')}` };
const encryptionKey = `bench:${randomBytes(32).toString('base64')}`;

export const freePort = (): Promise<number> =>
  new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => done(typeof address === 'object' && address ? address.port : 0));
    });
  });

export type Peer = { readonly base: string; stop(): Promise<void> };

export const run = async (
  file: string,
  args: readonly string[],
  port: number,
  ready: string,
  env: Record<string, string>,
  cwd: string = root,
): Promise<Peer> => {
  const child: ChildProcess = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', join(root, file), ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise<void>((done, failed) => {
    child.once('exit', () => failed(new Error(`${file} ended`)));
    child.stdout?.on('data', (data: Buffer) => data.includes(ready) && done());
  });
  return {
    base: `http://127.0.0.1:${port}`,
    stop: () =>
      new Promise((done) => {
        child.removeAllListeners('exit').once('exit', () => done());
        child.kill('SIGTERM');
      }),
  };
};

const environment = (port: number, database: string): Record<string, string> => ({
  HOST: '127.0.0.1',
  PORT: String(port),
  STEPWARD_PUBLIC_URL: `http://127.0.0.1:${port}`,
  STEPWARD_DATABASE_URL: database,
  STEPWARD_SERVER_KEYS: keys.server,
  STEPWARD_MANAGEMENT_KEYS: keys.management,
  STEPWARD_ENCRYPTION_KEYS: encryptionKey,
  STEPWARD_LOG_LEVEL: 'info',
});

export const startStepward = async (database: string, more: Record<string, string> = {}): Promise<Peer> => {
  const port = await freePort();
  return run('adapters/server/main.ts', [], port, 'Stepward is ready', { ...environment(port, database), ...more });
};
const startBare = async (database: string): Promise<Peer> => {
  const port = await freePort();
  return run('test/bench/bare-route.ts', [String(port), database], port, 'ready', {});
};

export const manage = async ({ base }: Peer, path: string, body: unknown): Promise<void> => {
  const response = await fetch(`${base}/v1/management${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Basic ${Buffer.from(`${keys.management}:`).toString('base64')}` },
    body: JSON.stringify(body),
  });
  if (response.status !== 201) throw new Error(`${path}: ${response.status} ${await response.text()}`);
};

/** Fifty rules that read velocity, device, risk and a data point; none of them matches. */
const configure = async (peer: Peer): Promise<void> => {
  await manage(peer, '/action-configurations', { actionCode: 'load', defaultUserActionResult: 'ALLOW' });
  await manage(peer, '/custom-data-points', { name: 'withdrawalAmount', dataType: 'number', modelType: 'action' });
  for (let n = 0; n < 50; n++) {
    const byVelocity = {
      and: [
        { '>': [{ var: 'velocity.user1h' }, 100_000 + n] },
        { or: [{ var: 'device.isNew' }, { '>': [{ var: 'custom.withdrawalAmount' }, 2500 + n] }] },
        { '>': [{ var: 'risk.score' }, 90] },
      ],
    };
    const byAddress = {
      and: [
        { '==': [{ var: 'ip.address' }, `198.51.100.${n}`] },
        { startsWith: [{ var: 'device.browserName' }, 'X'] },
        { '>': [{ var: 'velocity.ip1h' }, 9_999] },
      ],
    };
    await manage(peer, '/action-configurations/load/rules', {
      name: `rule ${n}`,
      type: 'BLOCK',
      priority: n,
      conditions: n % 2 ? byAddress : byVelocity,
    });
  }
};

type Round = { readonly ours: Load; readonly theirs: Load };

const resultsOf = (name: string, against: string, rounds: readonly Round[]): readonly Result[] => {
  const bad = rounds.reduce((sum, { ours }) => sum + ours.bad, 0);
  if (bad > 0) throw new Error(`${name}: ${bad} bad answers`);
  const one = (what: string, unit: string, value: (load: Load) => number): Result => {
    const ratios = rounds.map(({ ours, theirs }) => value(ours) / value(theirs));
    return {
      name: `${name}, ${what}`,
      ours: median(rounds.map(({ ours }) => value(ours))),
      theirs: median(rounds.map(({ theirs }) => value(theirs))),
      against,
      ratio: median(ratios),
      spread: spreadOf(ratios),
      unit,
    };
  };
  return [one('throughput', 'requests/s', ({ perSecond }) => perSecond), one('p99', 'ms', ({ p99 }) => p99)];
};

/** `track` over HTTP against the bare route, in alternating rounds. */
const againstBare = async (name: string, database: (of: 'ours' | 'theirs') => string): Promise<readonly Result[]> => {
  const ours = await startStepward(database('ours'));
  const theirs = await startBare(database('theirs'));
  try {
    await configure(ours);
    const both = async (time: number): Promise<Round> => ({
      ours: await load(ours.base, { key: keys.server, action: 'load', seconds: time }),
      theirs: await load(theirs.base, { key: keys.server, action: 'load', seconds: time }),
    });
    await both(2);
    const measured: Round[] = [];
    for (let round = 0; round < rounds; round++) measured.push(await both(seconds));
    return resultsOf(name, 'bare Express route, one durable insert', measured);
  } finally {
    await ours.stop();
    await theirs.stop();
  }
};

/** What stored instances cost: the same load on a database of 10^3 and of `many` instances, on cold addresses and on a hot one. */
const growth = async (folder: string, many: number): Promise<readonly Result[]> => {
  const start = async (stored: number) => {
    const database = `sqlite:${join(folder, `grown-${stored}.db`)}`;
    const first = await startStepward(database);
    await configure(first);
    await first.stop();
    await fill(environment(0, database), { stored, users: stored / 10, hot: stored / 10 });
    return startStepward(database);
  };
  const small = await start(1_000);
  const large = await start(many);
  try {
    const results: Result[] = [];
    for (const hot of [false, true]) {
      const ratios: number[] = [];
      const times: [number[], number[]] = [[], []];
      for (let round = 0; round < rounds; round++) {
        const one = await load(small.base, { key: keys.server, action: 'load', seconds, users: 10_000, hot });
        const other = await load(large.base, { key: keys.server, action: 'load', seconds, users: 10_000, hot });
        times[0].push(1000 / one.perSecond);
        times[1].push(1000 / other.perSecond);
        ratios.push(one.perSecond / other.perSecond);
      }
      results.push({
        name: `track, ${many} stored${hot ? ', hot address' : ''}`,
        ours: median(times[1]),
        theirs: median(times[0]),
        against: '1000 stored',
        ratio: median(ratios),
        spread: spreadOf(ratios),
        unit: 'ms/request',
      });
    }
    return results;
  } finally {
    await small.stop();
    await large.stop();
  }
};

/** Everything about `track` over HTTP. */
export const benchTrack = async (many = Number(process.env.STEPWARD_BENCH_STORED ?? 1_000_000)): Promise<readonly Result[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'stepward-bench-'));
  const postgres = await startPostgres();
  try {
    return [
      ...(await againstBare('track on SQLite', (of) => `sqlite:${join(folder, `${of}.db`)}`)),
      ...(postgres ? await againstBare('track on PostgreSQL', () => postgres.url) : []),
      ...(await growth(folder, many)),
    ];
  } finally {
    await postgres?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
};
