import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Limiter, type Management, type Policies, type Stepward, StepwardError } from '../../core/index.ts';
import type { Secrets } from '../../core/ports/secrets.ts';
import type { Store } from '../../core/ports/store.ts';
import { checkActions, checkScope } from './authorize.ts';
import { type ClientPrincipal, createClientAccess, isClientScope } from './client-access.ts';
import { createCors, isForPages } from './cors.ts';
import { createIdentify } from './credentials.ts';
import { errorAnswer } from './error-answer.ts';
import { answer } from './exchange.ts';
import { parseJsonObject } from './json-body.ts';
import { parseWith } from './parse.ts';
import { parseQuery } from './query.ts';
import { hasBody, readBody } from './read-body.ts';
import type { HttpContext, Principal, Reply, Route } from './route.ts';
import { createRouter, decodePath } from './router.ts';
import { routes as allRoutes } from './routes/index.ts';

/** What goes to the operator's log; no header, body or key. */
export type HttpLogEntry = {
  readonly event: 'http.failed' | 'http.late';
  readonly requestId: string;
  readonly method: string;
  /** The route's path with its parameters unfilled. */
  readonly route: string;
  readonly error?: unknown;
};

export type HttpMetrics = {
  /** Told once an answer was handed to the socket. */
  observe(entry: {
    readonly requestId: string;
    readonly method: string;
    /** The route's path with its parameters unfilled; `unknown` where there is none. */
    readonly route: string;
    readonly status: number;
    readonly seconds: number;
  }): void;
};

export type HttpOptions = {
  readonly stepward: Stepward;
  readonly management: Management;
  readonly policies: Policies;
  readonly store: Store;
  readonly secrets: Secrets;
  readonly serverKeys: readonly string[];
  readonly managementKeys: readonly string[];
  readonly tenantId: string;
  readonly publicUrl: string;
  readonly trustedProxies: readonly string[];
  /** Origins whose pages may call the client API, besides the tenant's. */
  readonly redirectOrigins: readonly string[];
  /** Development: pages of any loopback port. */
  readonly anyLoopbackOrigin: boolean;
  /** Of the client API; absent: nothing is limited. */
  readonly limiter?: Limiter;
  readonly now: () => number;
  /** Whole seconds that `now` is ahead of the machine's clock, which was set back. */
  readonly clockAheadBySeconds?: () => number;
  readonly log: (entry: HttpLogEntry) => void;
  readonly metrics?: HttpMetrics;
  /** Milliseconds until the caller hears `unavailable`; the SDKs have no limit of their own. */
  readonly deadline?: number;
  /** Another table, for tests. */
  readonly routes?: readonly Route[];
};

/** Answers and returns true if the path is its own; else touches nothing and returns false. */
export type Http = (request: IncomingMessage, response: ServerResponse) => boolean;

/** Paths outside of `/v1` that the table has. */
const outside = (routes: readonly Route[]): ReadonlySet<string> =>
  new Set(routes.map(({ path }) => path).filter((path) => !path.startsWith('/v1/')));

/** A proxy and this server may read two `Host` headers differently. */
const hasOneHost = ({ rawHeaders }: IncomingMessage): boolean => {
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    if (name.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  return hosts <= 1;
};

const etag = /^(?:W\/)?"([^"]*)"$/;
const versionOf = (ifMatch: string | undefined): string | undefined => {
  const text = ifMatch?.trim();
  return text === undefined ? undefined : (etag.exec(text)?.[1] ?? text);
};

/** The server API and the management API as one dispatcher for `node:http`, derived from the route table. */
export const createHttp = (options: HttpOptions): Http => {
  const {
    stepward,
    management,
    policies,
    store,
    secrets,
    tenantId,
    publicUrl,
    now,
    clockAheadBySeconds,
    log,
    metrics,
    deadline = 10_000,
  } = options;
  const routes = options.routes ?? allRoutes;
  const context: HttpContext = { stepward, management, policies, store, secrets, tenantId, publicUrl, now, clockAheadBySeconds, routes };
  const route = createRouter(routes);
  const identify = createIdentify(options);
  const identifyClient = createClientAccess(options);
  const cors = createCors(options);
  const alsoOwned = outside(routes);

  const call = async (
    request: IncomingMessage,
    found: Route,
    params: Readonly<Record<string, string>>,
    rawQuery: string,
  ): Promise<Reply> => {
    let principal: Principal | undefined;
    let client: ClientPrincipal | undefined;
    if (isClientScope(found.scope)) client = await identifyClient(found, request);
    else if (found.scope !== 'public') {
      const identified = identify(request.headers.authorization);
      principal = identified instanceof Promise ? await identified : identified;
      checkScope(found, principal);
    }
    const query = found.query ? readQuery(found, rawQuery) : {};
    const sent = hasBody(request) ? parseJsonObject(await readBody(request, found.bodyLimit)) : {};
    if (principal?.actions) checkActions(found, principal, { params, query, body: sent });
    const body = found.body?.parse(sent);
    const ifMatch = versionOf(request.headers['if-match']);
    return found.handler(
      {
        params,
        query,
        body,
        request,
        ...(principal && { principal }),
        ...(client && { client }),
        ...(ifMatch !== undefined && { ifMatch }),
      },
      context,
    );
  };

  const serve = async (request: IncomingMessage, response: ServerResponse, path: string, rawQuery: string): Promise<void> => {
    const began = performance.now();
    const requestId = randomUUID();
    let template = 'unknown';
    const forPages = isForPages(path);
    const finish = (status: number, text: string | undefined, headers: readonly string[] = [], cacheControl?: string): void => {
      if (response.headersSent) return;
      const all = forPages ? [...headers, ...cors.headers(request)] : headers;
      answer(request, response, status, requestId, text, all, cacheControl);
      const seconds = (performance.now() - began) / 1000;
      metrics?.observe({ requestId, method: request.method ?? '', route: template, status, seconds });
    };
    const fail = (failure: unknown): void => {
      const { status, body, headers } = errorAnswer(failure, requestId);
      if (status === 500) log({ event: 'http.failed', requestId, method: request.method ?? '', route: template, error: failure });
      // a browser would open its login box for an application's own page
      const challenges = status === 401 && !forPages;
      finish(status, JSON.stringify(body), challenges ? [...headers, 'WWW-Authenticate', 'Basic realm="stepward"'] : headers);
    };
    const timer = setTimeout(() => {
      log({ event: 'http.late', requestId, method: request.method ?? '', route: template });
      fail(new StepwardError('unavailable', 'no answer could be had in time, try again'));
    }, deadline);
    try {
      if (!hasOneHost(request)) throw new StepwardError('invalid_request', 'there may be one `Host` header only');
      if (forPages) await cors.refresh(request);
      const found = route(request.method ?? '', decodePath(path));
      if (found.found === 'nothing') throw new StepwardError('not_found', 'there is no such route');
      if (found.found === 'path') {
        if (forPages && request.method === 'OPTIONS') return finish(204, undefined);
        const refusal = errorAnswer(new StepwardError('method_not_allowed', `this path takes ${found.allow.join(', ')}`), requestId);
        finish(refusal.status, JSON.stringify(refusal.body), ['Allow', found.allow.join(', ')]);
        return;
      }
      template = found.route.path;
      const reply = await call(request, found.route, found.params, rawQuery);
      finish(reply.status, reply.body === undefined ? undefined : JSON.stringify(reply.body), reply.headers, found.route.cacheControl);
    } catch (failure) {
      fail(failure);
    } finally {
      clearTimeout(timer);
    }
  };

  return (request, response) => {
    const target = request.url ?? '';
    const mark = target.indexOf('?');
    const path = mark < 0 ? target : target.slice(0, mark);
    if (!path.startsWith('/v1/') && path !== '/v1' && !alsoOwned.has(path)) return false;
    void serve(request, response, path, mark < 0 ? '' : target.slice(mark + 1));
    return true;
  };
};

const readQuery = (route: Route, raw: string): Readonly<Record<string, unknown>> =>
  route.query ? (parseWith(route.query, parseQuery(raw), 'query') as Readonly<Record<string, unknown>>) : {};
