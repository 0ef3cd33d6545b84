import type { Provider } from 'oidc-provider';
import { clientSecretHash } from '../../core/index.ts';
import type { Secrets } from '../../core/ports/secrets.ts';

/**
 * Holds a provider's clients to our rules: secrets are compared by their keyed hashes (`clientMetadata` puts those of all live ones
 * where the library has the secret), and a redirect URI is a registered one to the letter, where the library lets the loopback
 * port of a native application differ (RFC 8252 §7.3).
 */
export const holdClients = (provider: Provider, secrets: Pick<Secrets, 'hash' | 'equal'>): void => {
  const { prototype } = provider.Client;
  prototype.compareClientSecret = function compareClientSecret(actual) {
    const given = clientSecretHash(secrets, this.clientId, actual);
    // every one is compared: how long it takes does not tell which secret it was
    return (this.clientSecret ?? '').split('.').filter((hash) => hash !== '' && secrets.equal(hash, given)).length > 0;
  };
  prototype.redirectUriAllowed = function redirectUriAllowed(uri) {
    return this.redirectUris?.includes(uri) === true;
  };
  prototype.postLogoutRedirectUriAllowed = function postLogoutRedirectUriAllowed(uri) {
    return this.postLogoutRedirectUris?.includes(uri) === true;
  };
};
