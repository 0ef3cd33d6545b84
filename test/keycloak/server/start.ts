import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../support/free-port.ts';
import { distributionOf, installProvider } from './distribution.ts';

export type KeycloakSettings = {
  readonly version: string;
  /** The jar to install; without one it is a plain server. */
  readonly jar?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly options?: readonly string[];
};

export type Keycloak = {
  readonly version: string;
  /** `http://localhost:PORT`. */
  readonly url: string;
  readonly admin: { readonly username: string; readonly password: string };
  /** Secrets of the file vault: a file `<realm>_<name>` holds what `${vault.<name>}` stands for in that realm. */
  readonly vault: string;
  /** A file with everything that the server writes. */
  readonly logFile: string;
  stop(): Promise<void>;
};

/** Lets executions hold a key itself. Servers before 26.3 know the name with single underscores. */
export const allowLiteralKey = {
  KC_SPI_AUTHENTICATOR__STEPWARD_AUTHENTICATOR__ALLOW_LITERAL_KEY: 'true',
  KC_SPI_AUTHENTICATOR_STEPWARD_AUTHENTICATOR_ALLOW_LITERAL_KEY: 'true',
} as const;

const readyWithinMs = 240_000;

const isReady = async (address: string): Promise<boolean> => {
  try {
    return (await fetch(address, { signal: AbortSignal.timeout(2_000) })).status === 200;
  } catch {
    return false;
  }
};

/** Starts a Keycloak on loopback, with an empty database in memory. Throws with the end of its log where it does not come up. */
export const startKeycloak = async ({ version, jar, env = {}, options = [] }: KeycloakSettings): Promise<Keycloak> => {
  const home = distributionOf(version);
  if (jar) installProvider(home, jar);
  else rmSync(join(home, 'providers'), { recursive: true, force: true });
  const [port, management] = [await freePort('127.0.0.1'), await freePort('127.0.0.1')];
  const url = `http://localhost:${port}`;
  const admin = { username: 'admin', password: randomBytes(16).toString('hex') };
  const folder = mkdtempSync(join(tmpdir(), 'stepward-keycloak-'));
  const [vault, logFile] = [join(folder, 'vault'), join(folder, 'server.log')];
  mkdirSync(vault);
  const written = openSync(logFile, 'a');
  const server = spawn(
    join(home, 'bin/kc.sh'),
    [
      'start-dev',
      '--http-host=127.0.0.1',
      `--http-port=${port}`,
      `--hostname=${url}`,
      '--db=dev-mem',
      '--cache=local',
      '--health-enabled=true',
      `--http-management-port=${management}`,
      '--vault=file',
      `--vault-dir=${vault}`,
      ...options,
    ],
    {
      // a group of its own: the script's Java ends with it
      detached: true,
      stdio: ['ignore', written, written],
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        JAVA_HOME: process.env.JAVA_HOME,
        LANG: 'C.UTF-8',
        KC_BOOTSTRAP_ADMIN_USERNAME: admin.username,
        KC_BOOTSTRAP_ADMIN_PASSWORD: admin.password,
        // without a bus it would wait for one
        DBUS_SYSTEM_BUS_ADDRESS: '',
        JAVA_OPTS_APPEND: '-XX:TieredStopAtLevel=1',
        JAVA_OPTS_KC_HEAP: '-Xms64m -Xmx512m',
        ...env,
      },
    },
  );
  const exited = new Promise<void>((done) => server.once('exit', () => done()));
  closeSync(written);
  const kill = (signal: NodeJS.Signals): void => {
    try {
      if (server.pid) process.kill(-server.pid, signal);
    } catch {
      // it is gone
    }
  };
  const killAtExit = () => kill('SIGKILL');
  process.once('exit', killAtExit);
  const stop = async (): Promise<void> => {
    process.removeListener('exit', killAtExit);
    kill('SIGKILL');
    await exited;
    rmSync(folder, { recursive: true, force: true });
  };
  const until = Date.now() + readyWithinMs;
  while (!(await isReady(`http://127.0.0.1:${management}/health/ready`))) {
    if (server.exitCode !== null || Date.now() > until) {
      const log = readFileSync(logFile, 'utf8');
      await stop();
      throw new Error(`Keycloak ${version} did not come up:\n${log.slice(-3_000)}`);
    }
    await new Promise((later) => setTimeout(later, 250));
  }
  return { version, url, admin, vault, logFile, stop };
};
