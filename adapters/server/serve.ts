import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import type { Event } from '../../core/ports/store.ts';
import { clientAddress } from '../http/client-address.ts';
import { answerClientError } from '../http/client-error.ts';
import { createHttp } from '../http/http.ts';
import { createOidc } from '../oidc/create-oidc.ts';
import { createPages } from '../pages/create-pages.ts';
import { createAccessLog } from './access-log.ts';
import type { Composed } from './compose.ts';
import type { Environment } from './environment.ts';
import { inTime, linksInTime, visitsInTime } from './in-time.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';

const notFound = JSON.stringify({ error: 'not_found', errorCode: 'not_found', errorDescription: 'there is nothing at this path' });

/** Everything but the API: hosted pages, metrics, and a JSON 404. */
const createApp = (environment: Environment, { ports, stepward, store, limiter, fetch }: Composed, log: Log, metrics: Metrics) => {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.get('/metrics', async (_, response) => {
    response.setHeader('Cache-Control', 'no-store');
    response.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });
  const pages = createPages({
    visits: visitsInTime(stepward.visits, deadlineMs),
    mailLinks: linksInTime(stepward.links, deadlineMs),
    report: stepward.reportNotMe,
    secrets: ports.secrets,
    random: ports.random,
    settings: () => inTime(ports.policies.fresh(), deadlineMs),
    publicUrl: environment.publicUrl,
    frameAncestors: environment.frameAncestors,
    transports: ports.transports,
    redirectOrigins: environment.redirectOrigins,
    anyLoopbackPort: environment.development,
    now: ports.clock.now,
    log,
    clientAddress: (request) => clientAddress(request, environment.trustedProxies),
    limiter,
  });
  app.use(pages.router);
  const oidc = createOidc({
    stepward: {
      track: (request) => inTime(stepward.track(request), decisionMs),
      consume: (ref, request) => inTime(stepward.consume(ref, request), decisionMs),
      getAction: (ref) => inTime(stepward.getAction(ref), decisionMs),
    },
    policies: ports.policies,
    state: store.providerState,
    secrets: ports.secrets,
    random: ports.random,
    pages: pages.host,
    limiter,
    publicUrl: environment.publicUrl,
    development: environment.development,
    fetch,
    now: ports.clock.now,
    log,
    decidedWithoutCore: (_, proceeds) => metrics.observe({ type: 'undecided', adapter: 'oidc', proceeds }),
  });
  app.use(oidc.router);
  app.use((_, response) => {
    response.writeHead(404, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' }).end(notFound);
  });
  return { app, heard: oidc.heard, stop: oidc.stop };
};

/** A target in absolute form (RFC 9112 §3.2.2) names a host of its own, and libraries would write links with it. */
const originForm = (target: string): string => {
  if (target.startsWith('/') || target === '*') return target;
  const { pathname, search } = URL.parse(target) ?? { pathname: '/', search: '' };
  return `${pathname}${search}`;
};

export type Served = {
  readonly servers: readonly Server[];
  readonly port: number;
  /** Takes an event that was taken out of the outbox. */
  heard(event: Event): Promise<void>;
  close(): Promise<void>;
};

/** A person waits no longer for a decision: then the client's failure policy answers. */
const decisionMs = 5_000;
/** As long as the API gives its own answers. */
const deadlineMs = 10_000;
const graceMs = 10_000;
const idleMs = 50;

const listen = (server: Server, host: string, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => resolve((server.address() as AddressInfo).port));
  });

/** Opens the sockets. `close` takes no more requests and finishes those it has. */
export const serve = async (
  environment: Environment,
  composed: Composed,
  log: Log,
  metrics: Metrics,
  clockAheadBySeconds: () => number,
): Promise<Served> => {
  const accessLog = createAccessLog(log);
  const http = createHttp({
    stepward: composed.stepward,
    management: composed.management,
    policies: composed.policies,
    store: composed.store,
    secrets: composed.ports.secrets,
    limiter: composed.limiter,
    serverKeys: environment.serverKeys,
    managementKeys: environment.managementKeys,
    tenantId: environment.tenantId,
    publicUrl: environment.publicUrl.origin,
    trustedProxies: environment.trustedProxies,
    redirectOrigins: environment.redirectOrigins,
    anyLoopbackOrigin: environment.development,
    now: composed.ports.clock.now,
    clockAheadBySeconds,
    metrics: accessLog
      ? {
          observe: (answered) => {
            metrics.http.observe(answered);
            accessLog.answered(answered);
          },
        }
      : metrics.http,
    log: (entry) => (entry.event === 'http.failed' ? log.error(entry, 'request failed') : log.warn(entry, 'request was late')),
  });
  const { app, heard, stop } = createApp(environment, composed, log, metrics);
  let closing = false;
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    // a kept connection would hold the end up, and bring more requests
    if (closing) response.setHeader('Connection', 'close');
    request.url = originForm(request.url ?? '');
    if (http(request, response)) return;
    accessLog?.watch(request.url, request.method ?? '', response);
    app(request, response);
  };
  const servers: Server[] = [];
  let port = environment.port;
  for (const host of environment.hosts) {
    const server = createServer({ keepAliveTimeout: 65_000, requestTimeout: 30_000, headersTimeout: 15_000 }, handle);
    server.on('clientError', answerClientError);
    try {
      port = await listen(server, host, port);
      servers.push(server);
    } catch (cause) {
      // a machine without IPv6 still has the first host
      if (servers.length === 0) throw cause;
      log.warn({ host, cause }, 'not listening on this host');
    }
  }
  return {
    servers,
    port,
    heard,
    close: async () => {
      closing = true;
      await closeAll(servers);
      // with the last request: until then one may still be owed
      stop();
    },
  };
};

const closeAll = async (servers: readonly Server[]): Promise<void> => {
  await Promise.all(
    servers.map(
      (server) =>
        new Promise<void>((resolve) => {
          const forced = setTimeout(() => server.closeAllConnections(), graceMs);
          // those whose answer was under way become idle later
          const idle = setInterval(() => server.closeIdleConnections(), idleMs);
          server.close(() => {
            clearTimeout(forced);
            clearInterval(idle);
            resolve();
          });
          server.closeIdleConnections();
        }),
    ),
  );
};
