import { StepwardError } from '../errors.ts';
import type { AppClient, PolicySet } from '../policy/policies.ts';
import { said } from './compact.ts';
import { checkVersion, type IfMatch } from './policy-change.ts';
import type { ManagementPorts } from './ports.ts';

/** `null` goes back to the default, absent leaves as it is. */
export type AppClientInput = {
  readonly name?: string | null;
  /** 60 s to 1 h. */
  readonly accessTokenSeconds?: number | null;
  /** 5 min to a year, and no less than `accessTokenSeconds`. */
  readonly refreshTokenSeconds?: number | null;
};

export type AppClientAnswer = Omit<AppClient, 'id' | 'createdAt'> & { readonly createdAt: string };

const appClientDefaults = { accessTokenSeconds: 600, refreshTokenSeconds: 2_592_000 } as const;

const shown = ({ id: _, ...client }: AppClient): AppClientAnswer => ({ ...client, createdAt: new Date(client.createdAt).toISOString() });

const clientOf = (set: PolicySet, clientId: string): AppClient => {
  const client = set.appClients.get(clientId);
  if (!client) throw new StepwardError('not_found', `no app client \`${clientId}\``);
  return client;
};

const checkMatch = (seen: AppClient, ifMatch: IfMatch): void => checkVersion('app client', seen, ifMatch);

const checked = (client: AppClient): AppClient => {
  if (client.refreshTokenSeconds < client.accessTokenSeconds)
    throw new StepwardError('invalid_request', '`refreshTokenSeconds` must be no less than `accessTokenSeconds`', {
      details: [{ pointer: '/refreshTokenSeconds', expected: `at least ${client.accessTokenSeconds}` }],
    });
  return client;
};

export const listAppClients = async ({ policies }: ManagementPorts): Promise<readonly AppClientAnswer[]> =>
  [...(await policies.fresh()).appClients.values()].toSorted((left, right) => (left.clientId < right.clientId ? -1 : 1)).map(shown);

export const getAppClient = async ({ policies }: ManagementPorts, clientId: string): Promise<AppClientAnswer> =>
  shown(clientOf(await policies.fresh(), clientId));

/** Makes an app client; throws `already_exists`. The tenant's own id is refused: its tokens have it as `aud`. */
export const createAppClient = async (
  ports: ManagementPorts,
  actor: string,
  { clientId = ports.uuid(), ...input }: AppClientInput & { readonly clientId?: string },
): Promise<AppClientAnswer> => {
  if (clientId === ports.tenantId)
    throw new StepwardError('invalid_request', '`clientId` must not be the tenant id', {
      details: [{ pointer: '/clientId', expected: 'another name than that of the tenant' }],
    });
  const client = checked({
    clientId,
    id: ports.uuid(),
    name: input.name ?? clientId,
    accessTokenSeconds: input.accessTokenSeconds ?? appClientDefaults.accessTokenSeconds,
    refreshTokenSeconds: input.refreshTokenSeconds ?? appClientDefaults.refreshTokenSeconds,
    version: 1,
    createdAt: ports.now(),
  });
  return ports.policies.change((set) => {
    if (set.appClients.has(clientId))
      throw new StepwardError('already_exists', `the app client \`${clientId}\` exists: change it with PATCH`);
    return {
      put: [{ kind: 'app-client', id: clientId, body: client }],
      audit: [{ actor, what: 'app-client.created', subject: clientId, detail: { after: client } }],
      answer: shown(client),
    };
  });
};

/** Changes an app client. What is made shorter holds at once for sessions that are open. */
export const updateAppClient = (
  ports: ManagementPorts,
  actor: string,
  clientId: string,
  input: AppClientInput,
  ifMatch: IfMatch,
): Promise<AppClientAnswer> =>
  ports.policies.change((set) => {
    const before = clientOf(set, clientId);
    checkMatch(before, ifMatch);
    const defaults = { name: clientId, ...appClientDefaults };
    const change = Object.fromEntries(
      Object.entries(said(input)).map(([key, value]) => [key, value ?? defaults[key as keyof typeof defaults]]),
    );
    const after = checked({ ...before, ...change, version: before.version + 1 });
    return {
      put: [{ kind: 'app-client', id: clientId, body: after }],
      audit: [{ actor, what: 'app-client.updated', subject: clientId, detail: { before, after } }],
      answer: shown(after),
    };
  });

/** Removes an app client; its sessions end, and stay ended if one of the same `clientId` is made again. */
export const deleteAppClient = (ports: ManagementPorts, actor: string, clientId: string, ifMatch: IfMatch): Promise<void> =>
  ports.policies.change((set) => {
    const before = clientOf(set, clientId);
    checkMatch(before, ifMatch);
    return {
      remove: [{ kind: 'app-client', id: clientId }],
      audit: [{ actor, what: 'app-client.deleted', subject: clientId, detail: { before } }],
      answer: undefined,
    };
  });
