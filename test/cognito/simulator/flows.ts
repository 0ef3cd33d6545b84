import { invalid } from './errors.ts';
import { rotates } from './finish.ts';
import type { Json } from './options.ts';
import type { Client } from './state.ts';

type Allowed = `ALLOW_${'USER_SRP' | 'USER_PASSWORD' | 'CUSTOM' | 'REFRESH_TOKEN' | 'ADMIN_USER_PASSWORD' | 'USER'}_AUTH`;

export const modernFlows: readonly Allowed[] = [
  'ALLOW_USER_SRP_AUTH',
  'ALLOW_USER_PASSWORD_AUTH',
  'ALLOW_CUSTOM_AUTH',
  'ALLOW_REFRESH_TOKEN_AUTH',
  'ALLOW_ADMIN_USER_PASSWORD_AUTH',
  'ALLOW_USER_AUTH',
];
const usual: readonly Allowed[] = ['ALLOW_USER_SRP_AUTH', 'ALLOW_CUSTOM_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'];

/** The values of before, with what each adds to the usual ones. */
const legacy: Readonly<Record<string, readonly Allowed[]>> = {
  ADMIN_NO_SRP_AUTH: ['ALLOW_ADMIN_USER_PASSWORD_AUTH'],
  USER_PASSWORD_AUTH: ['ALLOW_USER_PASSWORD_AUTH'],
  CUSTOM_AUTH_FLOW_ONLY: [],
};

/** `AuthFlow` → what allows it. */
const needed = {
  USER_SRP_AUTH: 'ALLOW_USER_SRP_AUTH',
  USER_PASSWORD_AUTH: 'ALLOW_USER_PASSWORD_AUTH',
  CUSTOM_AUTH: 'ALLOW_CUSTOM_AUTH',
  REFRESH_TOKEN_AUTH: 'ALLOW_REFRESH_TOKEN_AUTH',
  REFRESH_TOKEN: 'ALLOW_REFRESH_TOKEN_AUTH',
  ADMIN_USER_PASSWORD_AUTH: 'ALLOW_ADMIN_USER_PASSWORD_AUTH',
  ADMIN_NO_SRP_AUTH: 'ALLOW_ADMIN_USER_PASSWORD_AUTH',
  USER_AUTH: 'ALLOW_USER_AUTH',
} as const satisfies Record<string, Allowed>;

export type Flow = keyof typeof needed;
export const isFlow = (flow: string): flow is Flow => Object.hasOwn(needed, flow);

/** What a client allows: where nothing was set, or nothing is in the list, SRP, custom challenges and refresh. */
export const allowedFlows = ({ settings }: Client): ReadonlySet<string> => {
  const set = (settings.ExplicitAuthFlows ?? []) as readonly string[];
  if (set.some((flow) => flow.startsWith('ALLOW_'))) return new Set(set);
  const all = new Set([...usual, ...set.flatMap((flow) => legacy[flow] ?? [])]);
  if (set.includes('CUSTOM_AUTH_FLOW_ONLY')) all.delete('ALLOW_USER_SRP_AUTH');
  return all;
};

/** Whether a refresh token is good for InitiateAuth: never where it is rotated. */
const refreshes = (client: Client): boolean => !rotates(client) && allowedFlows(client).has('ALLOW_REFRESH_TOKEN_AUTH');

export const checkRefresh = (client: Client): void => {
  if (!rotates(client) && !refreshes(client)) throw invalid('Auth flow not enabled for this client');
};

export const checkFlow = (client: Client, flow: Flow, isAdmin: boolean): void => {
  if (flow.startsWith('ADMIN_') && !isAdmin) throw invalid('Initiate Auth method not supported.');
  const allow = needed[flow];
  const isAllowed = allow === 'ALLOW_REFRESH_TOKEN_AUTH' ? refreshes(client) : allowedFlows(client).has(allow);
  if (!isAllowed) throw invalid(isAdmin ? 'Auth flow not enabled for this client' : `${flow} flow not enabled for this client`);
};

/** What Create- and UpdateUserPoolClient refuse of flows. */
export const checkFlowSettings = ({ ExplicitAuthFlows, RefreshTokenRotation }: Json): void => {
  const flows = (ExplicitAuthFlows ?? []) as readonly string[];
  const isModern = (flow: string) => (modernFlows as readonly string[]).includes(flow);
  const unknown = flows.find((flow) => !isModern(flow) && !Object.hasOwn(legacy, flow));
  if (unknown !== undefined)
    throw invalid(`1 validation error detected: Value '${unknown}' at 'explicitAuthFlows' failed to satisfy constraint`);
  if (flows.some(isModern) && !flows.every(isModern))
    throw invalid('Cannot specify both legacy and ALLOW_ prefixed values in ExplicitAuthFlows.');
  const isRotated = (RefreshTokenRotation as Json | undefined)?.Feature === 'ENABLED';
  if (isRotated && flows.includes('ALLOW_REFRESH_TOKEN_AUTH'))
    throw invalid('ALLOW_REFRESH_TOKEN_AUTH cannot be used with refresh token rotation.');
};
