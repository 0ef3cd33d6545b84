import type KeycloakAdminClient from '@keycloak/keycloak-admin-client';
import { Failure } from '../failure.ts';
import type { KeycloakAccess } from './access.ts';

/** For one request to Keycloak, ms: copying a flow takes longest. */
const timeout = 30_000;

const load = async (): Promise<typeof import('@keycloak/keycloak-admin-client')> => {
  try {
    return await import('@keycloak/keycloak-admin-client');
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new Failure(1, 'this needs Keycloak’s own client: npm install @keycloak/keycloak-admin-client');
  }
};

const reasonOf = (error: unknown): string => {
  const { response, message } = error as { response?: { status?: number }; message?: string };
  if (response?.status === 401 || response?.status === 400) return 'the service account is refused: check its id, its secret and its realm';
  return response?.status === undefined ? `${message ?? error}` : `status ${response.status}`;
};

/** A client of the admin API that acts for the service account; tokens are had anew when they run out. Throws `Failure`. */
export const connect = async ({ url, authRealm, clientId, clientSecret }: KeycloakAccess, realm: string): Promise<KeycloakAdminClient> => {
  const { default: AdminClient } = await load();
  const account = new AdminClient({ baseUrl: url, realmName: authRealm, timeout });
  const signIn = () => account.auth({ grantType: 'client_credentials', clientId, clientSecret });
  try {
    await signIn();
  } catch (error) {
    throw new Failure(1, `Keycloak at ${url}: ${reasonOf(error)}`);
  }
  const client = new AdminClient({ baseUrl: url, realmName: realm, timeout });
  client.registerTokenProvider({
    getAccessToken: async () => {
      // a service account gets no refresh token
      if (account.isTokenExpired()) await signIn();
      return account.accessToken;
    },
  });
  return client;
};
