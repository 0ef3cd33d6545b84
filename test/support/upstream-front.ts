import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { JWK } from 'jose';
import { changed, type Endpoint, type Failure, type Fault, forged } from './upstream-faults.ts';

const endpoints: readonly (readonly [Endpoint, RegExp])[] = [
  ['discovery', /^\/\.well-known\/openid-configuration$/],
  ['jwks', /^\/jwks$/],
  ['par', /^\/request$/],
  ['authorization', /^\/auth(\/|$)/],
  ['token', /^\/token$/],
  ['userinfo', /^\/me$/],
  ['end_session', /^\/session\/end/],
];

export const endpointOf = (path: string): Endpoint | undefined => endpoints.find(([, pattern]) => pattern.test(path))?.[0];

const failures: { readonly [Name in Failure]: (response: ServerResponse) => void } = {
  hang: () => undefined,
  error: (response) => response.writeHead(503, { 'content-type': 'text/plain' }).end('down'),
  elsewhere: (response) => response.writeHead(307, { location: '/elsewhere' }).end(),
  'no-json': (response) => response.writeHead(200, { 'content-type': 'application/json' }).end('snippet of a secret'),
  endless: (response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const more = (): void => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536, ' ')));
    };
    response.on('drain', more);
    more();
  },
};

const jsonWith = (endpoint: Endpoint, text: string, faults: readonly Fault[], key: JWK): string => {
  const answer: Readonly<Record<string, unknown>> = JSON.parse(text);
  const { id_token: idToken } = answer;
  const changes = faults.flatMap((fault) => ('changes' in fault && fault.at === endpoint ? [fault.changes] : []));
  const isToken = endpoint === 'token' && typeof idToken === 'string';
  return JSON.stringify(changed(isToken ? { ...answer, id_token: forged(idToken, faults, key) } : answer, ...changes));
};

const returnWith = (location: string, faults: readonly Fault[]): string => {
  const url = URL.parse(location);
  if (!url?.searchParams.has('state')) return location;
  for (const fault of faults)
    for (const [name, value] of Object.entries('response' in fault ? fault.response : {})) {
      url.searchParams.delete(name);
      for (const one of [value].flat()) if (one !== undefined) url.searchParams.append(name, String(one));
    }
  return url.href;
};

/** Holds the provider's answer back, changes it as the faults say, and sends it. */
const rewriting = (response: ServerResponse, endpoint: Endpoint, faults: readonly Fault[], key: JWK): void => {
  const end = response.end.bind(response);
  const send = (body: string): void => {
    const location = response.getHeader('location');
    if (typeof location === 'string') response.setHeader('location', returnWith(location, faults));
    const isJson = String(response.getHeader('content-type')).includes('json') && response.statusCode === 200;
    const text = isJson ? jsonWith(endpoint, body, faults, key) : body;
    if (response.hasHeader('content-length')) response.setHeader('content-length', Buffer.byteLength(text));
    end(text);
  };
  response.end = ((chunk?: unknown) => {
    send(typeof chunk === 'string' || chunk instanceof Buffer ? chunk.toString() : '');
    return response;
  }) as typeof response.end;
};

/** Answers for the provider, except where a fault says otherwise. */
export const createFront =
  (settings: {
    readonly faults: () => readonly Fault[];
    readonly key: () => JWK;
    readonly provider: () => (request: IncomingMessage, response: ServerResponse) => unknown;
  }): RequestListener =>
  (request, response) => {
    const endpoint = endpointOf(new URL(request.url ?? '/', 'http://lab').pathname);
    const faults = settings.faults();
    if (endpoint !== undefined && faults.length > 0) {
      const failing = faults.find((fault) => 'fails' in fault && fault.at === endpoint);
      if (failing && 'fails' in failing) return failures[failing.fails](response);
      rewriting(response, endpoint, faults, settings.key());
    }
    settings.provider()(request, response);
  };
