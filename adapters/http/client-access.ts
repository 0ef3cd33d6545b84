import type { IncomingMessage } from 'node:http';
import { type CalledFrom, type ClientCaller, type Stepward, StepwardError } from '../../core/index.ts';
import { clientAddress } from './client-address.ts';
import { refusedKey } from './credentials.ts';
import type { ClientScope, Route, Scope } from './route.ts';

/** Who calls the client API: the holder of a token of one action instance, or anybody who knows the tenant's id. */
export type ClientPrincipal =
  | { readonly kind: 'token'; readonly token: string; readonly caller: ClientCaller; readonly from: CalledFrom }
  | { readonly kind: 'anonymous'; readonly from: CalledFrom };

const opens = {
  client: ['token'],
  'client-or-anonymous': ['token', 'anonymous'],
  'client-anonymous': ['anonymous'],
} as const satisfies Record<ClientScope, readonly ClientPrincipal['kind'][]>;

export const isClientScope = (scope: Scope): scope is ClientScope => Object.hasOwn(opens, scope);

const bearer = /^bearer +([A-Za-z0-9._~+/=-]{1,8192}) *$/i;
const basic = /^basic +([A-Za-z0-9+/_-]{1,1024}={0,2}) *$/i;

/**
 * Tells who calls a route of the client API, before anything else of the call is read: the one place where a call that is to be
 * limited can be counted.
 *
 * @throws StepwardError `unauthorized`, `expired_token`, `invalid_token`.
 */
export const createClientAccess = (options: {
  readonly stepward: Pick<Stepward, 'client'>;
  readonly tenantId: string;
  readonly trustedProxies: readonly string[];
}): ((route: Route, request: IncomingMessage) => Promise<ClientPrincipal>) => {
  const { stepward, tenantId, trustedProxies } = options;
  // as the SDKs write it; a colon would make it a key
  const anonymous = encodeURIComponent(tenantId);

  const identify = async (header: string, from: CalledFrom): Promise<ClientPrincipal> => {
    const token = bearer.exec(header)?.[1];
    if (token !== undefined) return { kind: 'token', token, caller: await stepward.client.authenticate(token, from), from };
    const encoded = basic.exec(header)?.[1];
    if (encoded !== undefined && Buffer.from(encoded, 'base64').toString('utf8') === anonymous) return { kind: 'anonymous', from };
    throw refusedKey();
  };

  return async (route, request) => {
    const from = { ipAddress: clientAddress(request, trustedProxies), userAgent: request.headers['user-agent'] };
    const allowed: readonly string[] = isClientScope(route.scope) ? opens[route.scope] : [];
    const kind = /^bearer\b/i.test(request.headers.authorization ?? '') ? 'token' : 'anonymous';
    if (!allowed.includes(kind)) throw refusedKey();
    return identify(request.headers.authorization ?? '', from);
  };
};

/** The holder of the token that a route of scope `client` was called with. */
export const callerOf = (client: ClientPrincipal | undefined): ClientCaller => {
  if (client?.kind !== 'token') throw new StepwardError('internal_error', 'no token was read for this route');
  return client.caller;
};
