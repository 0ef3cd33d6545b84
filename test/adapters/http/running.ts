import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createWebhookSender } from '../../../adapters/delivery/webhook-sender.ts';
import { createEgress } from '../../../adapters/egress/egress.ts';
import { answerClientError, createHttp, type HttpLogEntry, type HttpOptions } from '../../../adapters/http/index.ts';
import { createProviderKeys } from '../../../adapters/oidc/key-rotation.ts';
import { createRandom } from '../../../adapters/secrets/random.ts';
import { createSecrets } from '../../../adapters/secrets/secrets.ts';
import { createStore } from '../../../adapters/store/create-store.ts';
import { createManagement, createPolicies, type Evaluate, type Management, type Policies } from '../../../core/index.ts';
import type { Store } from '../../../core/ports/store.ts';
import { explanation, type Recorded, scriptedStepward } from './scripted-stepward.ts';

export const serverKey = 'sk_environment';
export const managementKey = 'mk_environment';
export const basic = (key: string): string => `Basic ${Buffer.from(`${key}:`).toString('base64')}`;

/** What callers of the client API send in place of a key. */
const clientHeaders: Readonly<Record<string, string>> = {
  token: 'Bearer h.p.s',
  anonymous: `Basic ${Buffer.from('test').toString('base64')}`,
};

export type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly body: Record<string, unknown> & readonly Record<string, unknown>[];
};

export type Sent = {
  /** `server`, `management`, `token`, `anonymous`, another key, or `null` for none. */
  readonly key?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  readonly raw?: string | Buffer;
};

export type Running = {
  readonly port: number;
  readonly calls: Recorded[];
  readonly evaluations: Parameters<Evaluate>[];
  readonly logged: HttpLogEntry[];
  readonly store: Store;
  readonly policies: Policies;
  readonly management: Management;
  readonly call: (method: string, path: string, body?: unknown, sent?: Sent) => Promise<Answer>;
  readonly manage: (method: string, path: string, body?: unknown, sent?: Sent) => Promise<Answer>;
  readonly stop: () => Promise<void>;
};

const keyOf = (key: string): string => ({ server: serverKey, management: managementKey })[key] ?? key;

/** One call with the path as it is: nothing is normalised on its way. */
const send = (port: number, method: string, path: string, body: unknown, { key = 'server', headers = {}, raw }: Sent): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const text = raw ?? (body === undefined ? undefined : JSON.stringify(body));
    const request = httpRequest({
      port,
      host: '127.0.0.1',
      method,
      path,
      headers: {
        'content-type': 'application/json',
        ...(key !== null && { authorization: clientHeaders[key] ?? basic(keyOf(key)) }),
        ...(text !== undefined && !headers['transfer-encoding'] && { 'content-length': Buffer.byteLength(text) }),
        ...headers,
      },
    });
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const answered = Buffer.concat(chunks).toString('utf8');
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers as Record<string, string>,
          text: answered,
          body: (answered === '' ? undefined : JSON.parse(answered)) as Answer['body'],
        });
      });
    });
    request.on('error', reject);
    request.end(text);
  });

export type Setup = {
  readonly script?: Readonly<Record<string, unknown>>;
  readonly now?: () => number;
  readonly http?: Partial<HttpOptions>;
  /** Another node on the same database. */
  readonly beside?: Running;
  readonly mounted?: (http: ReturnType<typeof createHttp>) => (request: IncomingMessage, response: ServerResponse) => void;
};

/** A listening server over a real SQLite store and a scripted decision point. */
export const running = async (setup: Setup = {}): Promise<Running> => {
  const { script, now = Date.now, http: overrides } = setup;
  const { stepward, calls } = scriptedStepward(script);
  const folder = setup.beside ? undefined : await mkdtemp(join(tmpdir(), 'stepward-http-'));
  const random = createRandom();
  const uuid = (): string => random.uuid(now());
  const store = setup.beside?.store ?? (await createStore(`sqlite:${folder}/stepward.db`, { now, uuid, warn: () => undefined }));
  if (!setup.beside) await store.migrate();
  const policies = createPolicies({ store, now, uuid });
  const secrets = createSecrets({ keys: [{ id: 'k1', key: new Uint8Array(32).fill(7) }] });
  const evaluations: Parameters<Evaluate>[] = [];
  const management = createManagement({
    policies,
    store,
    stepward,
    secrets,
    tenantId: 'test',
    now,
    uuid,
    randomBytes: (length) => random.bytes(length),
    evaluate: async (...args) => {
      evaluations.push(args);
      return explanation;
    },
    ip: { available: () => new Set() },
    emailEnabled: true,
    providerKeys: createProviderKeys(policies, secrets, now),
    anyLoopbackRedirect: false,
    publicUrl: 'https://stepward.example',
    // the network is off: no name resolves
    webhooks: createWebhookSender({
      egress: createEgress({ allowedRanges: [], loopback: false, resolve: async () => [] }),
      serverKeys: [serverKey],
      now,
    }),
  });
  const logged: HttpLogEntry[] = [];
  const http = createHttp({
    stepward,
    management,
    policies,
    store,
    secrets,
    serverKeys: ['sk_older', serverKey],
    managementKeys: [managementKey],
    tenantId: 'test',
    publicUrl: 'http://localhost:8787',
    trustedProxies: [],
    redirectOrigins: [],
    anyLoopbackOrigin: false,
    now,
    log: (entry) => logged.push(entry),
    ...overrides,
  });
  const server = createServer(
    setup.mounted?.(http) ??
      ((request, response) => {
        if (!http(request, response)) response.writeHead(418).end();
      }),
  );
  server.on('clientError', answerClientError);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    calls,
    evaluations,
    logged,
    store,
    policies,
    management,
    call: (method, path, body, sent = {}) => send(port, method, path, body, sent),
    manage: (method, path, body, sent = {}) => send(port, method, `/v1/management${path}`, body, { key: 'management', ...sent }),
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      if (folder) {
        await store.close();
        await rm(folder, { recursive: true });
      }
    },
  };
};
