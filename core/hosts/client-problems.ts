import { acrValues } from '../policy/assurance.ts';
import { claimProblem } from './claim-names.ts';
import { keyProblems } from './key-problems.ts';
import { hasSecretMethod, type OidcClient } from './oidc-client.ts';
import { eachOf, type Problem, problem } from './problems.ts';
import { isLoopbackUrl, isPrivateUse, originProblem, uriProblem } from './uri-problem.ts';

const oneOfAcr = `must be one of ${acrValues.map((acr) => `\`${acr}\``).join(', ')}`;

const actionPattern = /^[A-Za-z0-9_-]{1,64}$/;
const actionProblem = (action: string): string | false => !actionPattern.test(action) && 'must be 1-64 of `A-Z a-z 0-9 _ -`';

/** Where a browser is sent, and from where it may ask. */
const places = (client: OidcClient): readonly Problem[] => {
  const { redirectUris, postLogoutRedirectUris, implicit } = client;
  const rule = { loopback: true, privateUse: client.authMethod === 'none' };
  const native = [...redirectUris, ...postLogoutRedirectUris].some(isPrivateUse);
  const target = (uri: string): string | undefined =>
    uriProblem(uri, rule) ??
    ((implicit || native) && uri.startsWith('https:') && isLoopbackUrl(uri)
      ? `must not be https on loopback with ${implicit ? '`implicit`' : 'a scheme of its own beside it'}`
      : undefined);
  return [
    ...problem('/redirectUris', redirectUris.length === 0 && 'must name a URI'),
    ...eachOf('/redirectUris', redirectUris, target),
    ...eachOf('/postLogoutRedirectUris', postLogoutRedirectUris, target),
    ...eachOf('/origins', client.origins, originProblem),
  ];
};

/** How it proves who it is. */
const proof = (client: OidcClient): readonly Problem[] => {
  const { authMethod, jwks, jwksUri, secrets, pkce } = client;
  return [
    ...(jwks ? keyProblems(jwks.keys, '/jwks/keys') : []),
    ...problem('/jwksUri', jwks !== undefined && jwksUri !== undefined && 'must be left out where there is `jwks`'),
    ...problem(
      '/jwks',
      authMethod === 'private_key_jwt' && !jwks && jwksUri === undefined && 'must be there for `private_key_jwt`, or `jwksUri`',
    ),
    ...problem('/pkce', authMethod === 'none' && pkce !== 'required' && 'must be `required` where `authMethod` is `none`'),
    ...problem(
      '/clientSecret',
      secrets.length > 0 && !hasSecretMethod(client) && `must be left out where \`authMethod\` is \`${authMethod}\``,
    ),
    ...problem('/clientSecret', secrets.length > 2 && 'would be a third live secret: remove one first'),
  ];
};

const fapiAlgorithms: readonly unknown[] = ['PS256', 'ES256', 'EdDSA', 'Ed25519', undefined];

/** FAPI 2.0 §5.3.2 as far as it is decided when a client is registered. */
const fapi = ({ authMethod, pkce, implicit, jwks }: OidcClient): readonly Problem[] => [
  ...problem('/authMethod', authMethod !== 'private_key_jwt' && 'must be `private_key_jwt` with `fapi`'),
  ...problem('/pkce', pkce !== 'required' && 'must be `required` with `fapi`'),
  ...problem('/implicit', implicit && 'must be false with `fapi`'),
  ...(jwks?.keys ?? []).flatMap(({ alg, crv }, index) => [
    ...problem(`/jwks/keys/${index}/alg`, !fapiAlgorithms.includes(alg) && 'must be `PS256`, `ES256` or `EdDSA` with `fapi`'),
    ...problem(
      `/jwks/keys/${index}/crv`,
      crv !== undefined && crv !== 'P-256' && crv !== 'Ed25519' && 'must be `P-256` or `Ed25519` with `fapi`',
    ),
  ]),
];

const audienceProblem = (audience: string): string | false =>
  !(/^[\x21-\x7e]{1,255}$/.test(audience) && URL.canParse(audience) && !audience.includes('#')) &&
  'must be an absolute URI without a fragment (RFC 8707 §2)';

/** What a sign-in is tracked as and what comes of it. */
const decision = (client: OidcClient): readonly Problem[] => {
  const { action, refreshAction, subject, upstream, challengeExpiresIn: seconds, audience } = client;
  return [
    ...problem('/action', actionProblem(action)),
    ...problem('/refreshAction', actionProblem(refreshAction)),
    ...problem('/refreshAction', action === refreshAction && 'must be another action than `action`: its default outcome is ALLOW'),
    ...eachOf('/defaultAcr', client.defaultAcr, (acr) => !(acrValues as readonly string[]).includes(acr) && oneOfAcr),
    ...eachOf('/claims', client.claims, claimProblem),
    ...problem(
      '/subject',
      subject === 'upstream' &&
        upstream === undefined &&
        'must be `pairwise` or `own` without `upstream`: two upstreams may give one `sub`',
    ),
    ...problem(
      '/challengeExpiresIn',
      seconds !== undefined && !(Number.isInteger(seconds) && seconds >= 60 && seconds <= 3600) && 'must be a whole number of 60 to 3600',
    ),
    ...problem('/audience', audience !== undefined && audienceProblem(audience)),
  ];
};

const called = (pointer: string, uri: string | undefined): readonly Problem[] =>
  problem(pointer, uri !== undefined && uriProblem(uri, { loopback: true }));

/** Everything that is wrong with a client as it stands, each with its field. Which servers may be called is another question. */
export const clientProblems = (client: OidcClient): readonly Problem[] => {
  return [
    ...places(client),
    ...proof(client),
    ...called('/jwksUri', client.jwksUri),
    ...called('/backchannelLogoutUri', client.backchannelLogoutUri),
    ...(client.fapi ? fapi(client) : []),
    ...decision(client),
  ];
};
