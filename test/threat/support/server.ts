import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export const serverKey = 'sk_threat_0123456789abcdef';
export const managementKey = 'mk_threat_0123456789abcdef';
export const encryptionKey = Buffer.alloc(32, 9).toString('base64');
const main = resolve(import.meta.dirname, '../../../adapters/server/main.ts');

/** A whole configuration but for the database. */
export const settings = (database: string, more: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> => ({
  STEPWARD_PUBLIC_URL: 'http://localhost:8787',
  STEPWARD_DATABASE_URL: database,
  STEPWARD_SERVER_KEYS: serverKey,
  STEPWARD_MANAGEMENT_KEYS: managementKey,
  STEPWARD_ENCRYPTION_KEYS: `test:${encryptionKey}`,
  STEPWARD_REDIRECT_ORIGINS: 'https://app.example',
  PORT: '0',
  HOST: '127.0.0.1',
  ...more,
});

export type Reply = { readonly status: number; readonly headers: Headers; readonly text: string; readonly body: Record<string, unknown> };

export const basic = (key: string): string => `Basic ${Buffer.from(`${key}:`).toString('base64')}`;

/** Calls the API of a server on this port. */
export const callerOf =
  (port: number) =>
  async (method: string, path: string, body?: unknown, key = serverKey, headers: Readonly<Record<string, string>> = {}): Promise<Reply> => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      redirect: 'manual',
      headers: { authorization: basic(key), 'content-type': 'application/json', ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, text, body: text.startsWith('{') ? JSON.parse(text) : {} };
  };

export type Process = {
  readonly port: number;
  readonly call: ReturnType<typeof callerOf>;
  readonly child: ChildProcess;
  /** All that it wrote so far. */
  output(): string;
  /** Sends a signal and waits for the end; answers the exit code. */
  end(signal: NodeJS.Signals): Promise<number | null>;
};

/** Starts Stepward as a process of its own. */
export const startProcess = async (env: Readonly<Record<string, string>>): Promise<Process> => {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main], {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk;
    });
  const port = await new Promise<number>((found, failed) => {
    child.once('exit', (code) => failed(new Error(`ended with ${code}: ${output}`)));
    child.stdout.on('data', () => {
      const ready = /"port":(\d+)/.exec(output)?.[1];
      if (ready && output.includes('Stepward is ready')) found(Number(ready));
    });
  });
  return {
    port,
    child,
    call: callerOf(port),
    output: () => output,
    end: async (signal) => {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
      const ended = once(child, 'exit');
      child.kill(signal);
      return ((await ended) as [number | null])[0];
    },
  };
};

/** An empty folder, and how to be rid of it. */
export const folder = (): { readonly path: string; remove(): void } => {
  const path = mkdtempSync(join(tmpdir(), 'stepward-threat-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
};

/** A browser on the hosted pages over HTTP, without script: cookies kept, forms sent as they are shown. */
export const httpBrowser = (port: number) => {
  const cookies = new Map<string, string>();
  const request = async (
    url: string,
    form?: URLSearchParams,
  ): Promise<{ readonly status: number; readonly html: string; readonly headers: Headers }> => {
    const { pathname, search } = new URL(url, 'http://localhost');
    const answer = await fetch(`http://127.0.0.1:${port}${pathname}${search}`, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(form && { method: 'POST', body: form }),
    });
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (value === '') cookies.delete(name);
      else cookies.set(name, value);
    }
    const location = answer.headers.get('location');
    if (answer.status === 303 && location) return request(location);
    return { status: answer.status, html: await answer.text(), headers: answer.headers };
  };
  const hidden = (html: string, name: string): string => new RegExp(`name="${name}" value="([^"]*)"`).exec(html)?.[1] ?? '';
  return {
    cookies,
    open: (url: string) => request(url),
    /** Sends a form of the page `html` with these fields. */
    send: (url: string, html: string, fields: Readonly<Record<string, string>>) =>
      request(url, new URLSearchParams({ csrf: hidden(html, 'csrf'), challengeId: hidden(html, 'challengeId'), ...fields })),
  };
};
