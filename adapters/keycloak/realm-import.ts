import { createHash } from 'node:crypto';
import { scopeMappers, scopeName } from './claims-scope.ts';
import { allAttributes, type Plan } from './plan.ts';
import type { Snapshot } from './snapshot.ts';
import { written } from './target.ts';
import type { TreeFlow } from './tree.ts';

type Fields = Record<string, unknown>;
/** A realm as Keycloak exports it. What is not named here stays as it is. */
export type RealmExport = Fields & {
  readonly authenticationFlows?: readonly Fields[];
  readonly authenticatorConfig?: readonly Fields[];
  readonly clientScopes?: readonly Fields[];
  readonly defaultDefaultClientScopes?: readonly string[];
  readonly identityProviders?: readonly Fields[];
  readonly clients?: readonly Fields[];
  readonly attributes?: Readonly<Record<string, string>>;
};

/** Overrides of clients name a flow by its id. */
const idFor = (realm: string, alias: string): string => {
  const hex = createHash('sha256').update(`stepward-keycloak-flow\n${realm}\n${alias}`).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `5${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join('-');
};

type Emitted = { readonly flows: Fields[]; readonly configs: Fields[] };

const emit = (realm: string, flow: TreeFlow, topLevel: boolean, into: Emitted): void => {
  const { alias, type: providerId, nodes } = flow;
  const executions = nodes.map((node, at) => {
    const common = {
      requirement: node.requirement,
      priority: (at + 1) * 10,
      userSetupAllowed: false,
      autheticatorFlow: node.kind === 'flow',
    };
    if (node.kind === 'flow') {
      emit(realm, node, false, into);
      return {
        ...common,
        authenticatorFlow: true,
        flowAlias: node.alias,
        ...(node.authenticator && { authenticator: node.authenticator }),
      };
    }
    const config = `${alias} ${node.authenticator} ${at + 1}`;
    const hasSettings = Object.keys(node.settings).length > 0;
    if (hasSettings) into.configs.push({ alias: config, config: node.settings });
    return { ...common, authenticatorFlow: false, authenticator: node.authenticator, ...(hasSettings && { authenticatorConfig: config }) };
  });
  into.flows.push({
    id: idFor(realm, alias),
    alias,
    description: '',
    providerId,
    topLevel,
    builtIn: false,
    authenticationExecutions: executions,
  });
};

/**
 * The exported realm as it would be with the plan applied, to be imported elsewhere. Secrets that Keycloak does not export are missing in
 * it, those of the settings of copied flows too.
 */
export const realmImport = (exported: RealmExport, snapshot: Snapshot, plan: Plan): RealmExport => {
  const { realm } = snapshot;
  const made: Emitted = { flows: [], configs: [] };
  for (const frame of plan.build) emit(realm, written(snapshot, frame, 'new') as TreeFlow, true, made);
  const gone = new Set([...plan.leftovers, ...plan.retired].map(({ alias }) => alias));
  const idOf = (alias: string): string => snapshot.flows.find((flow) => flow.alias === alias)?.id ?? idFor(realm, alias);
  const attributes = Object.entries({ ...exported.attributes, ...allAttributes(plan) }).filter(([, value]) => value !== undefined);
  const slots = plan.bind.flatMap((change) => (change.kind === 'realm' ? [[change.slot, change.to]] : []));
  const after = new Map(plan.bind.map((change) => [change.kind === 'identity-provider' ? change.alias : '', change.to]));
  const identityProviders = (exported.identityProviders ?? []).map((provider) =>
    after.has(String(provider.alias))
      ? { ...provider, postBrokerLoginFlowAlias: after.get(String(provider.alias)) || undefined }
      : provider,
  );
  const clients = (exported.clients ?? []).map((client) => {
    const own = plan.bind.flatMap((change) =>
      change.kind === 'client' && change.id === client.id ? [[change.slot, change.to === '' ? '' : idOf(change.to)]] : [],
    );
    const overrides = { ...(client.authenticationFlowBindingOverrides as Fields | undefined), ...Object.fromEntries(own) };
    const getsScope = plan.scope.toClients.some(({ id }) => id === client.id);
    const scopes = (client.defaultClientScopes as readonly string[] | undefined) ?? [];
    return {
      ...client,
      ...(own.length > 0 && { authenticationFlowBindingOverrides: overrides }),
      ...(getsScope && { defaultClientScopes: [...scopes, scopeName] }),
    };
  });
  const scope = {
    name: scopeName,
    protocol: 'openid-connect',
    attributes: { 'include.in.token.scope': 'false', 'display.on.consent.screen': 'false' },
    protocolMappers: scopeMappers.map((mapper) => ({ ...mapper, protocol: 'openid-connect' })),
  };
  return {
    ...exported,
    authenticationFlows: [...(exported.authenticationFlows ?? []).filter(({ alias }) => !gone.has(String(alias))), ...made.flows],
    authenticatorConfig: [...(exported.authenticatorConfig ?? []), ...made.configs],
    clientScopes: [...(exported.clientScopes ?? []), ...(plan.scope.create ? [scope] : [])],
    defaultDefaultClientScopes: [...(exported.defaultDefaultClientScopes ?? []), ...(plan.scope.toRealm ? [scopeName] : [])],
    ...(exported.identityProviders && { identityProviders }),
    ...(exported.clients && { clients }),
    attributes: Object.fromEntries(attributes) as Record<string, string>,
    ...Object.fromEntries(slots),
  };
};
