import { randomBytes } from 'node:crypto';
import type { ClientMetadata } from 'oidc-provider';
import type { OidcClient } from '../../core/index.ts';

/** What FAPI 2.0 §5.4.1 lets a client sign with; registration cannot hold keys behind a `jwks_uri` to it. */
export const fapiSigningAlgorithms: readonly string[] = ['ES256', 'PS256', 'EdDSA', 'Ed25519'];

const web = /^https?:/;

/** Of a client whose last secret was removed: the library takes none without, and would fail over it wherever it is named. */
const nobodyKnows = randomBytes(32).toString('base64url');

/**
 * The library holds a `web` client to https where it takes an ID token from the front channel, and takes no private-use scheme
 * from it. `native` is what is left: loopback http and schemes of one's own.
 */
const applicationType = ({ redirectUris, postLogoutRedirectUris, implicit }: OidcClient): 'web' | 'native' => {
  const uris = [...redirectUris, ...postLogoutRedirectUris];
  return uris.some((uri) => !web.test(uri)) || (implicit && uris.some((uri) => uri.startsWith('http:'))) ? 'native' : 'web';
};

/**
 * A client as oidc-provider reads it from its storage. `client_secret` is no secret of the client's but what is kept of them:
 * the library wants one there, and signs or decrypts by it where that is not switched off, so it must be known to nobody.
 */
export const clientMetadata = (client: OidcClient): ClientMetadata => {
  const { clientId, authMethod, secrets, jwks, jwksUri, backchannelLogoutUri, defaultAcr, implicit, fapi } = client;
  return {
    client_id: clientId,
    client_id_issued_at: Math.floor(client.createdAt / 1000),
    client_name: client.name,
    application_type: applicationType(client),
    token_endpoint_auth_method: authMethod,
    ...(authMethod.startsWith('client_secret') && { client_secret: secrets.map(({ hash }) => hash).join('.') || nobodyKnows }),
    ...(jwks && { jwks: jwks as ClientMetadata['jwks'] }),
    ...(jwksUri !== undefined && { jwks_uri: jwksUri }),
    redirect_uris: client.redirectUris,
    post_logout_redirect_uris: client.postLogoutRedirectUris,
    response_types: implicit ? ['code', 'id_token'] : ['code'],
    // an ID token in a fragment stays in the browser's history: those who take one on the front channel take it by form post
    response_modes: ['query', 'form_post'],
    grant_types: ['authorization_code', 'refresh_token', ...(implicit ? ['implicit'] : [])],
    subject_type: 'pairwise',
    sector_identifier_uri: `https://sector.invalid/${clientId}`,
    ...(defaultAcr.length > 0 && { default_acr_values: defaultAcr }),
    ...(backchannelLogoutUri !== undefined && {
      backchannel_logout_uri: backchannelLogoutUri,
      backchannel_logout_session_required: true,
    }),
    id_token_signed_response_alg: fapi ? 'ES256' : 'RS256',
    require_pushed_authorization_requests: fapi,
    dpop_bound_access_tokens: fapi,
  };
};
