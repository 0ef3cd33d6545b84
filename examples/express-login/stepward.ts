import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** A Stepward of its own, in development mode, that forgets everything when it stops. */
export type RunningStepward = {
  readonly url: string;
  readonly serverKey: string;
  readonly tenantId: string;
  readonly managementKey: string;
  stop(): Promise<void>;
};

const root = resolve(import.meta.dirname, '../..');

const isReady = (url: string): Promise<boolean> =>
  fetch(`${url}/readyz`).then(
    ({ ok }) => ok,
    () => false,
  );

/** Starts Stepward on `port` with the sample IP data; `say` gets every line that it writes, mails among them. `settings` are added. */
export const startStepward = async (
  port: number,
  say: (line: string) => void,
  settings: Readonly<Record<`STEPWARD_${string}`, string>> = {},
): Promise<RunningStepward> => {
  const folder = mkdtempSync(join(tmpdir(), 'stepward-demo-'));
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('STEPWARD_')));
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', join(root, 'adapters/server/main.ts')], {
    cwd: folder,
    env: { ...env, PORT: String(port), STEPWARD_IP_DATA: join(import.meta.dirname, 'ip-data'), ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr]) {
    let rest = '';
    stream.setEncoding('utf8').on('data', (text: string) => {
      const lines = `${rest}${text}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) say(line);
    });
  }
  const ended = new Promise<void>((done) => child.once('exit', () => done()));
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };

  const url = `http://localhost:${port}`;
  const until = Date.now() + 30_000;
  while (!(await isReady(url))) {
    if (child.exitCode !== null || Date.now() > until) {
      await stop();
      throw new Error(`Stepward did not start on port ${port}`);
    }
    await new Promise((done) => setTimeout(done, 100));
  }
  const generated = readFileSync(join(folder, '.stepward/env'), 'utf8');
  const first = (name: string): string => new RegExp(`^${name}=([^,\\n]+)`, 'm').exec(generated)?.[1] ?? '';
  const tenantId = first('STEPWARD_TENANT_ID') || 'stepward';
  return { url, tenantId, serverKey: first('STEPWARD_SERVER_KEYS'), managementKey: first('STEPWARD_MANAGEMENT_KEYS'), stop };
};
