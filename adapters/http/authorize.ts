import { StepwardError } from '../../core/index.ts';
import type { ActionLimit, Principal, Route, Scope } from './route.ts';

const kindsOf = {
  server: ['server'],
  management: ['management'],
  'server-or-management': ['server', 'management'],
  public: [],
  client: [],
  'client-or-anonymous': [],
  'client-anonymous': [],
} as const satisfies Record<Scope, readonly Principal['kind'][]>;

/** Throws `forbidden` for a key of the wrong kind. */
export const checkScope = (route: Route, principal: Principal): void => {
  if ((kindsOf[route.scope] as readonly string[]).includes(principal.kind)) return;
  throw new StepwardError('forbidden', `this route needs a ${kindsOf[route.scope].join(' or ')} key, this is a ${principal.kind} key`);
};

/** How a route holds limited keys: as it says, else by an action in its path; reads of one user are open to them. */
export const actionLimitOf = (route: Route): ActionLimit => {
  if (route.limitedKeys) return route.limitedKeys;
  if (/\{(action|code)\}/.test(route.path)) return 'path';
  return route.scope === 'server' && route.method === 'GET' && route.path.includes('{userId}') ? 'allowed' : 'refused';
};

type Parts = {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: Readonly<Record<string, unknown>>;
};

const named = (limit: ActionLimit, { params, query, body }: Parts): readonly unknown[] => {
  switch (limit) {
    case 'path':
      return [params.action ?? params.code];
    case 'body':
      return [body.action];
    case 'query':
      return [query.action];
    case 'codes':
      return Array.isArray(query.codes) && query.codes.length > 0 ? query.codes : [undefined];
    case 'allowed':
    case 'refused':
      return [];
  }
};

/** Throws `forbidden` where a key that is limited to some actions asks for more. */
export const checkActions = (route: Route, { actions }: Principal, parts: Parts): void => {
  if (!actions) return;
  const limit = actionLimitOf(route);
  if (limit === 'allowed') return;
  if (limit !== 'refused' && named(limit, parts).every((action) => typeof action === 'string' && actions.includes(action))) return;
  throw new StepwardError('forbidden', `this key is limited to ${actions.map((action) => `\`${action}\``).join(', ')}; name one of them`);
};
