import type { IncomingMessage } from 'node:http';
import { type ErrorRequestHandler, type NextFunction, type Request, type RequestHandler, type Response, Router, text } from 'express';
import type { HostScreen } from '../../core/index.ts';
import type { OidcPages } from './pages.ts';

export type MountOptions = {
  readonly publicUrl: URL;
  /** Reads the newest settings. */
  readonly refresh: () => Promise<unknown>;
  readonly interactions: Router;
  /** What Stepward adds beside the library: logout that comes from an upstream, and the way back from its. */
  readonly more: Router;
  /** The provider as it is now. */
  readonly callback: () => Promise<(request: IncomingMessage, response: Response) => unknown>;
  readonly pages: OidcPages;
  readonly admitted: (request: Request) => Promise<'admitted' | { readonly retryAfter: number }>;
  readonly log: { error(fields: Readonly<Record<string, unknown>>, message: string): void };
  readonly reference: () => string;
};

/** Bytes of a request's parameters; what is larger belongs into a pushed request. */
const mostParameters = 8 * 1024;
/**
 * What anybody may ask without a credential of a client. A logout token is one of the upstream's: all of a company's come from one
 * address, and one that was not taken leaves its session open.
 */
const front = /^\/(?:auth|interaction|callback|session|logout)(?:\/|$)/;

/**
 * The library takes its own address from the request: whoever could write `Host` would write the links (tried on 9.13). Here it is
 * told ours, whatever the request says.
 */
const ownAddress =
  ({ host, protocol }: URL): RequestHandler =>
  ({ headers, rawHeaders }, _, next) => {
    // a proxy may have gone by the other one
    if (rawHeaders.filter((name, at) => at % 2 === 0 && name.toLowerCase() === 'host').length > 1)
      throw Object.assign(new TypeError('there may be one `Host` header only'), { status: 400 });
    headers.host = host;
    headers['x-forwarded-proto'] = protocol.slice(0, -1);
    delete headers['x-forwarded-host'];
    next();
  };

/** A form of another site brings no Lax cookies (they come with a GET): it is asked to come again as one. */
const asGet = (request: Request, response: Response, next: NextFunction): void => {
  if (typeof request.body !== 'string') next();
  else
    response
      .writeHead(303, {
        Location: `/oidc/auth?${new URLSearchParams(request.body)}`,
        'Cache-Control': 'no-store',
        'Referrer-Policy': 'no-referrer',
      })
      .end();
};

/** Where a request goes on, its parameters are those that it began with; the library reads others where it refuses, and fails over them. */
const withoutQuery: RequestHandler = (request, _, next) => {
  request.url = request.path;
  next();
};

/** What a client reads, where no browser waits for a page. */
const tell = (response: Response, status: number, error: string): void =>
  void response.status(status).set('Cache-Control', 'no-store').json({ error });

/** Everything of the provider, to be mounted at the root: `/oidc` and its metadata where RFC 8414 has it. */
export const mountOidc = (options: MountOptions): Router => {
  const { pages, log } = options;
  const router = Router();
  const show = (request: Request, response: Response, screen: HostScreen, status: number) =>
    pages.show(request, response, screen, { status });

  const ready: RequestHandler = async (_request, _, next) => {
    await options.refresh();
    next();
  };

  const limited: RequestHandler = async (request, response, next) => {
    if (!front.test(request.path)) return next();
    const admission = await options.admitted(request);
    if (admission === 'admitted') return next();
    response.setHeader('Retry-After', String(admission.retryAfter));
    return show(request, response, { screen: 'begin-again' }, 429);
  };

  const library: RequestHandler = async (request, response) => {
    const callback = await options.callback();
    await callback(request, response);
  };

  const trouble: ErrorRequestHandler = async (error: unknown, request: Request, response: Response, next: NextFunction) => {
    if (response.headersSent) return next(error);
    const status = typeof error === 'object' && error !== null && 'status' in error ? Number(error.status) : 503;
    const isPage = front.test(request.path);
    if (status >= 400 && status < 500)
      return isPage ? show(request, response, { screen: 'begin-again' }, status) : tell(response, status, 'invalid_request');
    const reference = options.reference();
    log.error({ err: error, reference }, 'a sign-in could not go on');
    if (!isPage) return tell(response, 503, 'temporarily_unavailable');
    return show(request, response, { screen: 'host-error', error: 'temporarily_unavailable', reference }, 503);
  };

  router.get('/.well-known/oauth-authorization-server/oidc', (request, _, next) => {
    request.url = '/oidc/.well-known/openid-configuration';
    next();
  });
  router.use('/oidc', ownAddress(options.publicUrl), limited, ready);
  router.get('/oidc/auth/:uid', withoutQuery);
  router.post('/oidc/auth', text({ type: 'application/x-www-form-urlencoded', limit: mostParameters }), asGet);
  router.use('/oidc', options.more, options.interactions, library);
  router.use('/oidc', trouble);
  return router;
};
