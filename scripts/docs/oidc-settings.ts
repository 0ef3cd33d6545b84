import type { oidcClientFields, oidcUpstreamFields } from '../../adapters/http/oidc-host-bodies.ts';
import { oidcClientDefaults, oidcUpstreamDefaults } from '../../core/index.ts';
import { code, markdownTable } from './tables.ts';

type Said<F> = Readonly<Record<keyof F, string>>;

const client: Said<typeof oidcClientFields> & { readonly redirectUris: string } = {
  name: 'shown where a person is asked to consent',
  authMethod: '`none` for pages and apps that cannot keep a secret, `client_secret_basic`, `client_secret_post`, `private_key_jwt`',
  redirectUris: 'where the answer goes, 1 to 50; compared as text',
  postLogoutRedirectUris: 'where a logout may lead; the same rules',
  backchannelLogoutUri: 'is sent a logout token when a session ends',
  origins: 'pages that may call the token endpoint and userinfo from a browser',
  jwks: 'its public keys, for `private_key_jwt` and signed request objects',
  jwksUri: 'where its public keys are; in place of `jwks`',
  upstream: 'the provider that signs its users in; absent: by the domain of `login_hint`, else the person is asked for the address',
  subject:
    '`upstream`: the `sub` that the upstream gives; `pairwise`: one for each client; `own`: one for all. `upstream` needs an `upstream`',
  claims: 'claims of the upstream that it may have',
  action: 'the action that sign-ins are tracked as',
  refreshAction: 'the action that refreshes are tracked as; made with the default outcome ALLOW where it is not there',
  defaultAcr: 'acr values that are asked for where a request names none',
  strictAcr: 'an unmet `acr_values` is refused; else the code comes with the acr that was reached',
  failurePolicy:
    'what happens where no decision can be made; `fallback` is `deny` here. What `allow` lets pass says `stepward_undecided: true` in its tokens and is counted',
  revokeOnBlock:
    'a BLOCK, or the removal of an authenticator, ends the sessions and refresh tokens of its user, at every client; after a removal within a second',
  challengeExpiresIn: 'seconds that a challenge may take, 60 to 3600; absent: those of the action',
  pkce: '`required` or `optional`; the latter for confidential clients alone',
  implicit: 'also answers `response_type=id_token`, by form post alone',
  firstParty: 'nobody is asked for consent',
  fapi: 'the FAPI 2.0 security profile: pushed requests, `private_key_jwt`, PKCE, DPoP',
  audience: 'its access tokens are JWTs for this resource; absent: opaque',
};

const upstream: Said<typeof oidcUpstreamFields> & { readonly issuer: string; readonly clientId: string } = {
  name: 'shown to operators',
  issuer: 'as its discovery document says it, to the letter',
  clientId: 'ours, as the upstream registered us',
  authMethod: '`none`, `client_secret_basic` or `client_secret_post`',
  scopes: 'asked for at each sign-in; `openid` is one of them',
  acrMap: 'our acr values to those that it is asked for',
  trusted: 'its `amr` is believed: a second factor that it saw counts',
  domains: 'mail domains whose users it signs in; each has one upstream',
  endSession: 'its session is ended with ours',
};

const defaultOf = (defaults: Readonly<Record<string, unknown>>, field: string, id: string): string => {
  if (field === 'name') return `the \`${id}\``;
  return defaults[field] === undefined ? '' : code(JSON.stringify(defaults[field]));
};

const table = (said: Readonly<Record<string, string>>, defaults: Readonly<Record<string, unknown>>, id: string): string =>
  markdownTable(
    ['field', 'unless set', 'what it says'],
    Object.entries(said).map(([field, text]) => [code(field), defaultOf(defaults, field, id), text]),
  );

export const oidcClientTable = (): string => table(client, { ...oidcClientDefaults, authMethod: 'client_secret_basic' }, 'clientId');
export const oidcUpstreamTable = (): string => table(upstream, oidcUpstreamDefaults, 'id');
