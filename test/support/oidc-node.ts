/** A node of the library's provider over our storage; as a process of its own: node oidc-node.ts SETTINGS (JSON). */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ClientMetadata, type Configuration, Provider } from 'oidc-provider';
import { throwAsserted } from '../../adapters/oidc/assertions.ts';
import { createProviderRecords, type ProviderRecords } from '../../adapters/oidc/records.ts';
import { createStorageAdapter } from '../../adapters/oidc/storage.ts';
import { createRandom } from '../../adapters/secrets/random.ts';
import { createSecrets } from '../../adapters/secrets/secrets.ts';
import { createStore } from '../../adapters/store/create-store.ts';
import type { Store } from '../../core/ports/store.ts';

export const issuer = 'http://oidc.example';
export const scope = 'openid';

/** What the nodes of one provider have in common; plain data, so that it can be handed to a process. */
export type OidcNodeSettings = {
  readonly databaseUrl: string;
  /** 32 bytes, base64url. */
  readonly encryptionKey: string;
  readonly jwks: Configuration['jwks'];
  readonly clients: readonly ClientMetadata[];
};

export type OidcNode = {
  readonly port: number;
  readonly store: Store;
  readonly provider: Provider;
  readonly records: ProviderRecords;
  close(): Promise<void>;
};

/** Whoever comes to an interaction is signed in as whom the header `x-account` names; every client has all it asks for. */
export const startOidcNode = async ({ databaseUrl, encryptionKey, jwks, clients }: OidcNodeSettings): Promise<OidcNode> => {
  const random = createRandom();
  const store = await createStore(databaseUrl, { now: Date.now, uuid: () => random.uuid(Date.now()), warn: () => undefined });
  await store.migrate();
  const key = Buffer.from(encryptionKey, 'base64url');
  const kept = {
    state: store.providerState,
    secrets: createSecrets({ keys: [{ id: 'k', key }] }),
    now: Date.now,
    epoch: async () => 0,
    warn: (message: string, cause?: unknown) => process.stderr.write(`${message} ${cause}\n`),
  };
  const provider: Provider = new Provider(issuer, {
    adapter: createStorageAdapter({ ...kept, clients: async (id) => clients.find(({ client_id }) => client_id === id) }),
    jwks,
    cookies: { keys: [encryptionKey] },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      dPoP: { enabled: true, nonceSecret: key },
      introspection: { enabled: true, allowedPolicy: () => true },
    },
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    pkce: { required: () => false },
    ttl: {
      AccessToken: 600,
      AuthorizationCode: 60,
      Grant: 1_209_600,
      IdToken: 600,
      Interaction: 600,
      RefreshToken: 1_209_600,
      Session: 43_200,
      ClientCredentials: 60,
    },
    issueRefreshToken: async () => true,
    rotateRefreshToken: () => true,
    findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
    loadExistingGrant: async ({ oidc: { client, session } }) => {
      const clientId = String(client?.clientId);
      const existing = session?.grantIdFor(clientId);
      const found = existing === undefined ? undefined : await provider.Grant.find(existing);
      if (found) return found;
      const grant = new provider.Grant({ clientId, accountId: session?.accountId });
      grant.addOIDCScope(scope);
      await grant.save();
      return grant;
    },
  });
  throwAsserted(provider);
  const handle = provider.callback();
  const server = createServer((request, response) => {
    if (!request.url?.startsWith('/interaction/')) return handle(request, response);
    const login = { accountId: String(request.headers['x-account']) };
    provider.interactionFinished(request, response, { login }).catch((error) => response.writeHead(400).end(String(error)));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    store,
    provider,
    records: createProviderRecords(kept),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await store.close();
    },
  };
};

if (import.meta.main) {
  const { port } = await startOidcNode(JSON.parse(process.argv[2] ?? ''));
  process.stdout.write(`port ${port}\n`);
}
