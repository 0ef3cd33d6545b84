/**
 * What the authorization round is compared with: the same library on the same storage with the same client, and no decision.
 * node test/bench/bare-provider.ts PORT sqlite:PATH
 */
import { randomBytes, randomUUID } from 'node:crypto';
import express from 'express';
import { Provider } from 'oidc-provider';
import { clientMetadata } from '../../adapters/oidc/client-metadata.ts';
import { makeKeys } from '../../adapters/oidc/keys.ts';
import { createStorageAdapter } from '../../adapters/oidc/storage.ts';
import { createSecrets } from '../../adapters/secrets/secrets.ts';
import { createStore } from '../../adapters/store/create-store.ts';
import { type OidcClient, oidcClientDefaults } from '../../core/index.ts';

const [port = '0', url = 'sqlite:', secret = '', redirectUri = ''] = process.argv.slice(2);
const now = () => Date.now();
const secrets = createSecrets({ keys: [{ id: 'bench', key: randomBytes(32) }] });
const store = await createStore(url, { now, uuid: randomUUID, warn: () => undefined });
await store.migrate();
const record: OidcClient = {
  ...oidcClientDefaults,
  clientId: 'app',
  id: 'app',
  name: 'app',
  authMethod: 'client_secret_basic',
  secrets: [{ id: 's', hash: 'x', createdAt: 0 }],
  redirectUris: [redirectUri],
  subject: 'own',
  version: 1,
  createdAt: 0,
};
const metadata = { ...clientMetadata(record), client_secret: secret, subject_type: 'public' as const };
delete metadata.sector_identifier_uri;

const provider = new Provider(`http://localhost:${port}/oidc`, {
  adapter: createStorageAdapter({
    state: store.providerState,
    secrets,
    now,
    epoch: async () => 0,
    warn: () => undefined,
    clients: async () => metadata as never,
  }),
  jwks: { keys: (await makeKeys()).map(({ kid, alg, jwk }) => ({ ...jwk, kid, alg, use: 'sig' })) as never },
  cookies: { keys: ['bench'], long: { signed: true }, short: { signed: true } },
  claims: { openid: ['sub', 'acr', 'amr', 'auth_time'], email: ['email', 'email_verified'], profile: ['name'] },
  features: { devInteractions: { enabled: false }, pushedAuthorizationRequests: { enabled: true } },
  findAccount: (_, sub) => ({
    accountId: sub,
    claims: () => ({ sub, email: `${sub}@example.org`, email_verified: true, name: sub }),
  }),
  interactions: { url: (_, { uid }) => `/oidc/interaction/${uid}` },
  loadExistingGrant: async ({ oidc: { session, client, provider: here, requestParamScopes } }) => {
    const known = session?.grantIdFor(client?.clientId ?? '');
    const found = known === undefined ? undefined : await here.Grant.find(known);
    if (found) return found;
    const grant = new here.Grant({ accountId: session?.accountId, clientId: client?.clientId });
    grant.addOIDCScope([...requestParamScopes].join(' '));
    await grant.save();
    return grant;
  },
  ttl: { AccessToken: 600, AuthorizationCode: 60, IdToken: 600, Interaction: 600, Session: 43_200, Grant: 1_209_600 },
});

const app = express();
app.get('/oidc/interaction/:uid', async (request, response) => {
  const { params } = await provider.interactionDetails(request, response);
  await provider.interactionFinished(request, response, { login: { accountId: String(params.login_hint) } });
});
app.use('/oidc', provider.callback());
app.listen(Number(port), '127.0.0.1', () => console.log('ready'));
