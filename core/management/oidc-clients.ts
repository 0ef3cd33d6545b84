import { StepwardError } from '../errors.ts';
import { hasSecretMethod, type OidcClient, oidcClientDefaults } from '../hosts/oidc-client.ts';
import {
  checkMatch,
  checkWhole,
  clientOf,
  newSecret,
  nextVersion,
  type OidcClientAnswer,
  type OidcClientInput,
  type OidcClientMade,
  refreshActionOf,
  same,
  secretOf,
  secretsAfter,
  shown,
  withInput,
} from './oidc-client-change.ts';
import type { IfMatch } from './policy-change.ts';
import type { ManagementPorts } from './ports.ts';

const most = 1000;

/** Every OIDC client by its `clientId`, without what opens anything. */
export const listOidcClients = async ({ policies }: ManagementPorts): Promise<readonly OidcClientAnswer[]> =>
  [...(await policies.fresh()).oidcClients.values()].toSorted((left, right) => (left.clientId < right.clientId ? -1 : 1)).map(shown);

export const getOidcClient = async ({ policies }: ManagementPorts, clientId: string): Promise<OidcClientAnswer> =>
  shown(clientOf(await policies.fresh(), clientId));

/**
 * Registers an application. Without a secret of its own, one is made where it needs one.
 *
 * @throws StepwardError `already_exists`, `invalid_configuration`.
 */
export const createOidcClient = async (
  ports: ManagementPorts,
  actor: string,
  { clientId = ports.uuid(), ...input }: OidcClientInput & { readonly clientId?: string; readonly redirectUris: readonly string[] },
): Promise<OidcClientMade> => {
  const base = {
    ...oidcClientDefaults,
    clientId,
    id: ports.uuid(),
    name: clientId,
    authMethod: 'client_secret_basic',
    secrets: [],
  } as const;
  const open = withInput({ ...base, redirectUris: input.redirectUris, version: 1, createdAt: ports.now() }, input);
  const made = input.clientSecret === undefined && hasSecretMethod(open) ? newSecret(ports) : undefined;
  const secret = made ?? input.clientSecret;
  const client: OidcClient = { ...open, secrets: secret === undefined ? [] : [secretOf(ports, clientId, secret)] };
  const version = await nextVersion(ports, client.refreshAction);
  return ports.policies.change((set) => {
    if (set.oidcClients.has(clientId)) throw new StepwardError('already_exists', `the client \`${clientId}\` exists: change it with PATCH`);
    if (set.oidcClients.size >= most) throw new StepwardError('invalid_configuration', `there may be ${most} OIDC clients at most`);
    checkWhole(ports, set, client, input);
    const actions = refreshActionOf(set, client, version, ports.now());
    return {
      put: [{ kind: 'oidc-client', id: clientId, body: client }, ...actions],
      audit: [
        { actor, what: 'oidc-client.created', subject: clientId, detail: { after: shown(client) } },
        ...actions.map(({ id }) => ({ actor, what: 'action.configured', subject: id })),
      ],
      answer: { ...shown(client), ...(made !== undefined && { clientSecret: made }) },
    };
  });
};

/**
 * Changes what is named. A secret of one's own that is live already changes nothing; what changes nothing makes no version.
 *
 * @throws StepwardError `not_found`, `precondition_failed`, `invalid_configuration`.
 */
export const updateOidcClient = async (
  ports: ManagementPorts,
  actor: string,
  clientId: string,
  input: OidcClientInput,
  ifMatch: IfMatch,
): Promise<OidcClientMade> => {
  const own = input.clientSecret === undefined ? undefined : secretOf(ports, clientId, input.clientSecret);
  const text = newSecret(ports);
  const made = secretOf(ports, clientId, text);
  const named = input.refreshAction === null ? oidcClientDefaults.refreshAction : input.refreshAction;
  const version = named === undefined ? 1 : await nextVersion(ports, named);
  return ports.policies.change<OidcClientMade>((set) => {
    const before = clientOf(set, clientId);
    checkMatch(before, ifMatch);
    const changed = withInput(before, input);
    const next: OidcClient = { ...changed, secrets: secretsAfter(changed, own, made) };
    checkWhole(ports, set, next, input);
    if (same(before, next)) return { answer: shown(before) };
    const after: OidcClient = { ...next, version: before.version + 1 };
    const actions = named === undefined ? [] : refreshActionOf(set, after, version, ports.now());
    return {
      put: [{ kind: 'oidc-client', id: clientId, body: after }, ...actions],
      audit: [
        { actor, what: 'oidc-client.updated', subject: clientId, detail: { before: shown(before), after: shown(after) } },
        ...actions.map(({ id }) => ({ actor, what: 'action.configured', subject: id })),
      ],
      answer: { ...shown(after), ...(after.secrets.includes(made) && { clientSecret: text }) },
    };
  });
};

/** Removes a client; what it was given is dead, and stays so if one of the same `clientId` is made again. */
export const deleteOidcClient = (ports: ManagementPorts, actor: string, clientId: string, ifMatch: IfMatch): Promise<void> =>
  ports.policies.change((set) => {
    const before = clientOf(set, clientId);
    checkMatch(before, ifMatch);
    return {
      remove: [{ kind: 'oidc-client', id: clientId }],
      audit: [{ actor, what: 'oidc-client.deleted', subject: clientId, detail: { before: shown(before) } }],
      answer: undefined,
    };
  });
