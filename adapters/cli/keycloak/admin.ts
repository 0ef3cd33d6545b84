import type KeycloakAdminClient from '@keycloak/keycloak-admin-client';
import type { RealmAdmin, Row } from '../../keycloak/admin.ts';
import type { ScopeMapper } from '../../keycloak/snapshot.ts';
import { readSnapshot } from './read-snapshot.ts';

const mapperOf = (mapper: ScopeMapper) => ({ ...mapper, config: { ...mapper.config }, protocol: 'openid-connect' });

/** Calls that Keycloak has and its client has not, or has without the id in the answer. */
const post = async (client: KeycloakAdminClient, path: string, body: unknown): Promise<string> => {
  const response = await fetch(`${client.baseUrl}/admin/realms/${encodeURIComponent(client.realmName)}/authentication${path}`, {
    method: 'POST',
    redirect: 'error',
    headers: { authorization: `Bearer ${await client.getAccessToken()}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(client.timeout ?? 30_000),
  });
  if (response.status !== 201) throw new Error(`Keycloak refused ${path}: status ${response.status}`);
  return response.headers.get('location')?.split('/').at(-1) ?? '';
};

/** What the installer needs, by Keycloak's own client. */
export const createRealmAdmin = (client: KeycloakAdminClient): RealmAdmin => {
  const { authenticationManagement: flows, clientScopes, clients, identityProviders, realms, realmName: realm } = client;
  const one = async () => (await realms.findOne({ realm })) ?? {};

  return {
    snapshot: () => readSnapshot(client),

    createFlow: async (alias, description) =>
      (await flows.createFlow({ alias, description, providerId: 'basic-flow', topLevel: true, builtIn: false })).id ?? '',
    copyFlow: (of, alias) => post(client, `/flows/${encodeURIComponent(of)}/copy`, { newName: alias }),
    demoteFlow: async (flowId) => {
      const flow = await flows.getFlow({ flowId });
      if (flow.topLevel) await flows.updateFlow({ flowId }, { ...flow, topLevel: false });
    },
    deleteFlow: async (flowId) => {
      await flows.deleteFlow({ flowId });
    },

    rows: async (flow) => (await flows.getExecutions({ flow })) as unknown as readonly Row[],
    updateRow: (flow, row) => flows.updateExecution({ flow }, { ...row }),
    deleteRow: (id) => flows.delExecution({ id }),
    nestFlow: async (parentFlow, flowId, requirement, priority) => {
      await post(client, '/executions', { parentFlow, flowId, authenticatorFlow: true, requirement, priority });
    },
    addFlow: async (flow, alias, priority) => {
      const made = { flow, alias, type: 'basic-flow', provider: '', description: '', priority };
      await flows.addFlowToFlow(made);
    },
    addExecution: async (flow, provider, priority) => {
      const made = { flow, provider, priority };
      return (await flows.addExecutionToFlow(made)).id ?? '';
    },
    createSettings: async (id, alias, config) => {
      await flows.createConfig({ id, alias, config: { ...config } });
    },
    changeSettings: async (id, settings) => {
      const present = await flows.getConfig({ id });
      // a value that Keycloak masks keeps its meaning when it is sent back
      await flows.updateConfig({ ...present, id, config: { ...present.config, ...settings } });
    },

    createScope: async (name, mappers) => {
      const attributes = { 'include.in.token.scope': 'false', 'display.on.consent.screen': 'false' };
      const protocolMappers = mappers.map(mapperOf);
      return (await clientScopes.create({ name, protocol: 'openid-connect', attributes, protocolMappers })).id;
    },
    putMapper: async (scopeId, mapper) => {
      const present = (await clientScopes.listProtocolMappers({ id: scopeId })).find(({ name }) => name === mapper.name);
      if (present?.id)
        await clientScopes.updateProtocolMapper({ id: scopeId, mapperId: present.id }, { ...mapperOf(mapper), id: present.id });
      else await clientScopes.addProtocolMapper({ id: scopeId }, mapperOf(mapper));
    },
    addScopeToRealm: (id) => clientScopes.addDefaultClientScope({ id }),
    addScopeToClient: (id, clientScopeId) => clients.addDefaultClientScope({ id, clientScopeId }),
    deleteScope: (id) => clientScopes.del({ id }),

    changeAttributes: async (changes) => {
      const attributes: Record<string, string | undefined> = { ...(await one()).attributes, ...changes };
      await realms.update(
        { realm },
        { attributes: Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined)) },
      );
    },
    bindRealm: (slots) => realms.update({ realm }, { ...slots }),
    bindIdentityProvider: async (alias, flow) => {
      const provider = await identityProviders.findOne({ alias });
      if (provider) await identityProviders.update({ alias }, { ...provider, postBrokerLoginFlowAlias: flow });
    },
    bindClient: async (id, slot, flowId) => {
      const present = await clients.findOne({ id });
      // an override goes by the empty text; a key that is missing stays as it is
      const authenticationFlowBindingOverrides = { ...present?.authenticationFlowBindingOverrides, [slot]: flowId };
      if (present) await clients.update({ id }, { ...present, authenticationFlowBindingOverrides });
    },
  };
};
