import { Failure } from '../failure.ts';
import type { Environment } from '../settings.ts';

/** Where Keycloak is, and the service account that may change the realm. */
export type KeycloakAccess = { readonly url: string; readonly authRealm: string; readonly clientId: string; readonly clientSecret: string };

const urlOf = (text: string): string => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isLoopback = url !== undefined && /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname);
  if (!url || !(url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback)))
    throw new Failure(2, 'STEPWARD_KEYCLOAK_URL must be an https address, or one on loopback');
  return url.href.replace(/\/$/, '');
};

/** Reads it from the environment: a secret on the command line is in everybody's list of processes. Throws `Failure`. */
export const keycloakAccess = (env: Environment, realm: string): KeycloakAccess => {
  const { STEPWARD_KEYCLOAK_URL: url, STEPWARD_KEYCLOAK_CLIENT_ID: clientId, STEPWARD_KEYCLOAK_CLIENT_SECRET: clientSecret } = env;
  if (!url || !clientId || !clientSecret)
    throw new Failure(
      2,
      'set STEPWARD_KEYCLOAK_URL, STEPWARD_KEYCLOAK_CLIENT_ID and STEPWARD_KEYCLOAK_CLIENT_SECRET: docs/keycloak.md says for what',
    );
  return { url: urlOf(url), authRealm: env.STEPWARD_KEYCLOAK_AUTH_REALM || realm, clientId, clientSecret };
};
