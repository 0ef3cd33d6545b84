import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, type StepwardClient } from '../../adapters/client/index.ts';
import type { Composed } from '../../adapters/server/compose.ts';
import { start } from '../../adapters/server/start.ts';
import { type CapturedMail, startSmtp } from './smtp.ts';

const serverKey = 'sk_test_0000000000000000';
export const managementKey = 'mk_test_0000000000000000';
const began = Date.parse('2026-03-02T09:00:00Z');

const listening = (server: ReturnType<typeof createServer>): Promise<number> =>
  new Promise((resolve) => server.listen(0, 'localhost', () => resolve((server.address() as AddressInfo).port)));
const closed = (server: ReturnType<typeof createServer>): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });

const freePort = async (): Promise<number> => {
  const server = createServer();
  const port = await listening(server);
  await closed(server);
  return port;
};

const until = async <T>(what: string, look: () => T | undefined): Promise<T> => {
  for (let tries = 0; tries < 200; tries++) {
    const found = look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`${what} did not come`);
};

/** Stepward on its real HTTP server, with an application to return to, a mail server that can be read and a clock that the test moves. */
export type Served = {
  /** `http://localhost:PORT`, the public URL. */
  readonly url: string;
  /** The HTTP API, as an application with a server key calls it. */
  readonly api: StepwardClient;
  readonly serverKey: string;
  /** Calls the management API below `/v1/management`; throws for an answer of 400 or more that is no 409. @returns the status. */
  manage(method: string, path: string, body: unknown): Promise<number>;
  readonly composed: Composed;
  readonly databaseUrl: string;
  readonly app: {
    readonly origin: string;
    /** What browsers asked of the application, oldest first. */
    readonly requests: readonly Pick<IncomingMessage, 'url' | 'headers'>[];
  };
  readonly mails: readonly CapturedMail[];
  /** The newest mail to this address that holds a code and came after the first `seen` mails. */
  mail(to: string, seen?: number): Promise<CapturedMail>;
  /** The code in it. */
  codeTo(to: string, seen?: number): Promise<string>;
  /** The address in the newest mail with a link to this address, which came after the first `seen` mails. */
  linkTo(to: string, seen?: number): Promise<string>;
  /** A mail about a change, by a part of its text. */
  noticeTo(to: string, text: string): Promise<CapturedMail>;
  /** Milliseconds; moves only by `pass`. */
  now(): number;
  pass(ms: number): void;
  /** Makes or changes an action by the management API; rules by priority in the order given. */
  configure(
    action: string,
    settings: Readonly<Record<string, unknown>>,
    rules?: readonly Readonly<Record<string, unknown>>[],
  ): Promise<void>;
  /** The sockets close; the database stays. */
  stop(): Promise<void>;
  /** Listens again, on the same port and database. */
  restart(): Promise<void>;
  end(): Promise<void>;
};

const linkIn = ({ text }: CapturedMail): string | undefined => /https?:\S+\/challenge\/link\?l=\S+/.exec(text)?.[0];
const codeIn = ({ text }: CapturedMail): string | undefined => /: (\d{6})$/m.exec(text)?.[1];

/**
 * @param about `clock: 'real'` for protocols whose libraries read the time themselves; `development`: with settings of its own, so that
 * servers on loopback may be called.
 */
export const startServed = async (
  variables: Readonly<Record<string, string>> = {},
  about: { readonly clock?: 'standing' | 'real'; readonly development?: boolean } = {},
): Promise<Served> => {
  const folder = mkdtempSync(join(tmpdir(), 'stepward-served-'));
  const smtp = await startSmtp();
  const requests: Pick<IncomingMessage, 'url' | 'headers'>[] = [];
  const appServer = createServer((request, response) => {
    if (request.url !== '/favicon.ico') requests.push({ url: request.url, headers: request.headers });
    response.setHeader('content-type', 'text/html').end('<!doctype html><title>The application</title><h1>The application</h1>');
  });
  const origin = `http://localhost:${await listening(appServer)}`;
  const port = await freePort();
  const url = `http://localhost:${port}`;
  let clock = began;
  const own = {
    STEPWARD_DATABASE_URL: `sqlite:${join(folder, 'stepward.db')}`,
    STEPWARD_SERVER_KEYS: serverKey,
    STEPWARD_MANAGEMENT_KEYS: managementKey,
    STEPWARD_ENCRYPTION_KEYS: `test:${Buffer.alloc(32, 7).toString('base64')}`,
  };
  const env = {
    PORT: String(port),
    STEPWARD_PUBLIC_URL: url,
    ...(!about.development && own),
    STEPWARD_REDIRECT_ORIGINS: origin,
    STEPWARD_SMTP_URL: smtp.url,
    STEPWARD_LOG_LEVEL: 'silent',
    ...variables,
  };
  const now = () => (about.clock === 'real' ? clock - began + Date.now() : clock);
  const begin = () => start(env, { folder, now });
  let running: Awaited<ReturnType<typeof begin>> | undefined = await begin();
  const [apiKey = ''] = running.environment.serverKeys;
  const { databaseUrl } = running.environment;
  const [manageKey = ''] = running.environment.managementKeys;
  const stop = async (): Promise<void> => {
    const stopping = running;
    running = undefined;
    await stopping?.stop();
  };

  const manage = async (method: string, path: string, body: unknown): Promise<number> => {
    const response = await fetch(`${url}/v1/management${path}`, {
      method,
      headers: { authorization: `Basic ${btoa(`${manageKey}:`)}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (response.status >= 400 && response.status !== 409)
      throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response.status;
  };
  const mail = (to: string, seen = 0): Promise<CapturedMail> =>
    until(`a code to ${to}`, () => smtp.messages.slice(seen).findLast((one) => one.to.includes(to) && codeIn(one) !== undefined));

  return {
    url,
    api: createClient({ url, key: apiKey }),
    serverKey: apiKey,
    manage,
    get composed() {
      if (!running) throw new Error('it is stopped');
      return running.composed;
    },
    databaseUrl,
    app: { origin, requests },
    mails: smtp.messages,
    mail,
    codeTo: async (to, seen) => codeIn(await mail(to, seen)) ?? '',
    linkTo: (to, seen = 0) =>
      until(`a link to ${to}`, () => {
        const found = smtp.messages.slice(seen).findLast((one) => one.to.includes(to) && linkIn(one) !== undefined);
        return found && linkIn(found);
      }),
    noticeTo: (to, text) =>
      until(`a notice “${text}” to ${to}`, () => smtp.messages.find((one) => one.to.includes(to) && one.text.includes(text))),
    now,
    pass: (ms) => {
      clock += ms;
    },
    configure: async (action, settings, rules = []) => {
      const made = await manage('POST', '/action-configurations', { actionCode: action, ...settings });
      if (made === 409) await manage('PATCH', `/action-configurations/${action}`, settings);
      for (const [priority, rule] of rules.entries())
        await manage('POST', `/action-configurations/${action}/rules`, { name: `rule ${priority}`, type: 'CHALLENGE', priority, ...rule });
    },
    stop,
    restart: async () => {
      running ??= await begin();
    },
    end: async () => {
      await stop();
      await smtp.stop();
      await closed(appServer);
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
