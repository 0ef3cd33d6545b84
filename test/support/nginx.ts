import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

const executable = '/usr/sbin/nginx';

/** Whether there is nginx here. Where there should be (CI) and is none, starting it fails instead of the tests being skipped. */
export const hasNginx: boolean = existsSync(executable) || process.env.CI === 'true';

if (!hasNginx) process.stdout.write(`skipped: nginx is not installed (${executable})\n`);

export type Nginx = {
  /** One line for each request so far, in the format `told` of the configuration. */
  log(): readonly string[];
  stop(): Promise<void>;
};

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

/** Runs nginx with these `server` blocks, until it listens on `port`. */
export const startNginx = async (port: number, told: string, servers: string): Promise<Nginx> => {
  const folder = mkdtempSync(join(tmpdir(), 'stepward-nginx-'));
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`).join('\n');
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log;
    events { worker_connections 256; }
    http { log_format told escape=json '${told}'; access_log ${folder}/access.log told; client_body_timeout 1s; ${temporary} ${servers} }`,
  );
  const child: ChildProcess = spawn(executable, ['-p', folder, '-c', 'nginx.conf', '-e', join(folder, 'error.log')], { stdio: 'inherit' });
  for (let tries = 0; !(await answers(port)); tries++) {
    if (child.exitCode !== null || tries > 400)
      throw new Error(`nginx does not listen: ${readFileSync(join(folder, 'error.log'), 'utf8')}`);
    await setTimeout(25);
  }
  return {
    log: () => readFileSync(join(folder, 'access.log'), 'utf8').split('\n').slice(0, -1),
    stop: async () => {
      const ended = child.exitCode === null && once(child, 'exit');
      child.kill('SIGQUIT');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
