import type { IncomingMessage } from 'node:http';
import {
  addressKey,
  type CalledFrom,
  type ClientCaller,
  type Limiter,
  type LimitName,
  type Stepward,
  StepwardError,
} from '../../core/index.ts';
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

const isForged = (error: unknown): boolean => error instanceof StepwardError && ['unauthorized', 'invalid_token'].includes(error.code);

/**
 * Tells who calls a route of the client API, before anything else of the call is read, and counts the call: by its address before a
 * token is looked at, then by the token. What is polled counts only where the token is none of ours.
 *
 * @throws StepwardError `unauthorized`, `expired_token`, `invalid_token`, `too_many_requests`.
 */
export const createClientAccess = (options: {
  readonly stepward: Pick<Stepward, 'client'>;
  readonly tenantId: string;
  readonly trustedProxies: readonly string[];
  /** Absent: nothing is limited. */
  readonly limiter?: Limiter;
}): ((route: Route, request: IncomingMessage) => Promise<ClientPrincipal>) => {
  const { stepward, tenantId, trustedProxies, limiter } = options;
  // as the SDKs write it; a colon would make it a key
  const anonymous = encodeURIComponent(tenantId);

  const identify = async (header: string, from: CalledFrom): Promise<ClientPrincipal> => {
    const token = bearer.exec(header)?.[1];
    if (token !== undefined) return { kind: 'token', token, caller: await stepward.client.authenticate(token, from), from };
    const encoded = basic.exec(header)?.[1];
    if (encoded !== undefined && Buffer.from(encoded, 'base64').toString('utf8') === anonymous) return { kind: 'anonymous', from };
    throw refusedKey();
  };

  const count = async (name: LimitName, subject: string): Promise<void> => {
    const admission = (await limiter?.take(name, subject)) ?? 'admitted';
    if (admission !== 'admitted') throw new StepwardError('too_many_requests', 'too many requests, wait', admission);
  };
  const countAddress = (from: CalledFrom): Promise<void> => count('client-address', addressKey(from.ipAddress ?? '') ?? 'unknown');

  return async (route, request) => {
    const from = { ipAddress: clientAddress(request, trustedProxies), userAgent: request.headers['user-agent'] };
    if (!route.polled) await countAddress(from);
    const allowed: readonly string[] = isClientScope(route.scope) ? opens[route.scope] : [];
    const kind = /^bearer\b/i.test(request.headers.authorization ?? '') ? 'token' : 'anonymous';
    try {
      if (!allowed.includes(kind)) throw refusedKey();
      const client = await identify(request.headers.authorization ?? '', from);
      if (!route.polled && client.kind === 'token') await count('client-token', client.token);
      return client;
    } catch (error) {
      if (route.polled && isForged(error)) await countAddress(from);
      throw error;
    }
  };
};

/** The holder of the token that a route of scope `client` was called with. */
export const callerOf = (client: ClientPrincipal | undefined): ClientCaller => {
  if (client?.kind !== 'token') throw new StepwardError('internal_error', 'no token was read for this route');
  return client.caller;
};
