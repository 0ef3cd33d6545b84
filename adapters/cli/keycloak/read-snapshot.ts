import type KeycloakAdminClient from '@keycloak/keycloak-admin-client';
import { bindingSlots, type ExecutionOfFlow, type FlowOfRealm, type Requirement, type Snapshot } from '../../keycloak/snapshot.ts';
import { Failure } from '../failure.ts';

/** Of the partial export: what the client's own types leave out. */
type ExportedFlow = {
  readonly id?: string;
  readonly alias?: string;
  readonly providerId?: string;
  readonly topLevel?: boolean;
  readonly builtIn?: boolean;
  readonly authenticationExecutions?: readonly {
    readonly authenticator?: string;
    readonly authenticatorConfig?: string;
    readonly authenticatorFlow?: boolean;
    readonly flowAlias?: string;
    readonly requirement?: string;
    readonly priority?: number;
  }[];
};

const executionsOf = ({ authenticationExecutions = [] }: ExportedFlow): readonly ExecutionOfFlow[] =>
  authenticationExecutions.map(({ authenticator, authenticatorConfig, authenticatorFlow, flowAlias, requirement, priority = 0 }) => ({
    ...(authenticator !== undefined && { authenticator }),
    ...(authenticatorConfig !== undefined && { config: authenticatorConfig }),
    ...(authenticatorFlow && flowAlias !== undefined && { flow: flowAlias }),
    requirement: requirement as Requirement,
    priority,
  }));

const flowOf = (flow: ExportedFlow): FlowOfRealm => ({
  id: flow.id ?? '',
  alias: flow.alias ?? '',
  providerId: flow.providerId ?? 'basic-flow',
  topLevel: flow.topLevel ?? false,
  builtIn: flow.builtIn ?? false,
  executions: executionsOf(flow),
});

/** The client by which a login is tried: no part of the realm. */
export const canaryClient = 'stepward-canary';

/** Everything of a realm that a plan is made from. Throws `Failure` where there is no such realm. */
export const readSnapshot = async (client: KeycloakAdminClient): Promise<Snapshot> => {
  const { authenticationManagement, clientScopes, clients, identityProviders, realms, realmName: realm } = client;
  const found = await realms.findOne({ realm });
  if (!found) throw new Failure(1, `Keycloak has no realm \`${realm}\`, or the service account may not see it`);
  const bound: Readonly<Partial<Record<string, unknown>>> = { ...found };
  // the one answer that holds every flow, nested ones and those outside of all others too
  const exported = await realms.export({ realm, exportClients: false, exportGroupsAndRoles: false });
  const flows = (exported.authenticationFlows ?? []) as readonly ExportedFlow[];
  const configs = (exported.authenticatorConfig ?? []) as readonly { alias?: string; config?: Record<string, string> }[];
  return {
    realm,
    bindings: Object.fromEntries(bindingSlots.flatMap((slot) => (bound[slot] ? [[slot, String(bound[slot])]] : []))),
    attributes: found.attributes ?? {},
    registrationAllowed: found.registrationAllowed ?? false,
    flows: flows.map(flowOf),
    configs: Object.fromEntries(configs.map(({ alias = '', config = {} }) => [alias, config])),
    identityProviders: (await identityProviders.find()).map(({ alias = '', postBrokerLoginFlowAlias, firstBrokerLoginFlowAlias }) => ({
      alias,
      ...(postBrokerLoginFlowAlias && { postBrokerLoginFlow: postBrokerLoginFlowAlias }),
      ...(firstBrokerLoginFlowAlias && { firstBrokerLoginFlow: firstBrokerLoginFlowAlias }),
    })),
    clients: (await clients.find())
      .filter(({ clientId }) => clientId !== canaryClient)
      .map((one) => ({
        id: one.id ?? '',
        clientId: one.clientId ?? '',
        protocol: one.protocol ?? 'openid-connect',
        overrides: one.authenticationFlowBindingOverrides ?? {},
        defaultScopes: one.defaultClientScopes ?? [],
        bearerOnly: one.bearerOnly ?? false,
        serviceAccount: one.serviceAccountsEnabled ?? false,
        attributes: one.attributes ?? {},
      })),
    scopes: (await clientScopes.find()).map(({ id = '', name = '', protocolMappers = [] }) => ({
      id,
      name,
      mappers: protocolMappers.map((mapper) => ({
        name: mapper.name ?? '',
        protocolMapper: mapper.protocolMapper ?? '',
        config: mapper.config ?? {},
      })),
    })),
    defaultScopes: (await clientScopes.listDefaultClientScopes()).map(({ name = '' }) => name),
    authenticators: (await authenticationManagement.getAuthenticatorProviders()).map(({ id = '' }) => id),
  };
};
