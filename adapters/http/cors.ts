import type { IncomingMessage } from 'node:http';
import { isAllowedOrigin, type Policies } from '../../core/index.ts';

export type CorsOptions = {
  readonly policies: Policies;
  /** Those of the environment; the tenant's are in its settings. */
  readonly redirectOrigins: readonly string[];
  /** Development: any loopback port. */
  readonly anyLoopbackOrigin: boolean;
};

const preflightHeaders: readonly string[] = [
  'Access-Control-Allow-Headers',
  'authorization, content-type',
  'Access-Control-Allow-Methods',
  'GET, POST, PATCH, DELETE',
  'Access-Control-Max-Age',
  '600',
];

/** Only the client API is for pages of other origins. */
export const isForPages = (path: string): boolean => path.startsWith('/v1/client/');

/**
 * What browsers are told of which origins may read the client API: exactly the one that asks, if it is listed, never `*`.
 * What was last known of the tenant's list is used where the settings cannot be had, so that an error can be read too.
 */
export const createCors = ({ policies, redirectOrigins, anyLoopbackOrigin }: CorsOptions) => {
  let tenantOrigins: readonly string[] = [];
  const isListed = (origin: string | undefined): origin is string =>
    origin !== undefined && isAllowedOrigin(origin, [...redirectOrigins, ...tenantOrigins], anyLoopbackOrigin);

  return {
    /** Takes notice of a list that was changed, on whichever node. */
    refresh: async ({ headers }: IncomingMessage): Promise<void> => {
      if (headers.origin === undefined) return;
      try {
        tenantOrigins = (await policies.fresh()).tenant.allowedOrigins;
      } catch {
        // the request itself says that the database cannot be had
      }
    },
    headers: ({ headers: { origin }, method }: IncomingMessage): readonly string[] => {
      if (!isListed(origin)) return ['Vary', 'Origin'];
      return [
        'Vary',
        'Origin',
        'Access-Control-Allow-Origin',
        origin,
        'Access-Control-Allow-Credentials',
        'true',
        'Access-Control-Expose-Headers',
        'Retry-After, X-Request-Id',
        ...(method === 'OPTIONS' ? preflightHeaders : []),
      ];
    },
  };
};
