import { acrValues } from '../policy/assurance.ts';
import type { OidcUpstream } from './oidc-upstream.ts';
import { eachOf, type Problem, problem } from './problems.ts';
import { uriProblem } from './uri-problem.ts';

const scope = /^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/;
const word = /^[\x21-\x7e]{1,255}$/;
const host = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$/;

/** A mail domain in lower case and in ASCII (UTS 46); text that is none as it is. */
export const mailDomain = (text: string): string => {
  const name = text.trim().toLowerCase();
  if (/[\s/:@?#\\%[\]]/.test(name)) return name;
  return URL.parse(`https://${name}`)?.hostname ?? name;
};

const hasKnownAcr = (acrMap: OidcUpstream['acrMap']): readonly Problem[] =>
  Object.entries(acrMap).flatMap(([acr, asked]) => [
    ...problem(
      '/acrMap',
      !(acrValues as readonly string[]).includes(acr) && `must map ${acrValues.map((one) => `\`${one}\``).join(', ')} alone`,
    ),
    ...problem(
      `/acrMap/${acr.replaceAll('~', '~0').replaceAll('/', '~1')}`,
      !word.test(asked) && 'must be 1-255 printable ASCII characters without blanks',
    ),
  ]);

/** Everything that is wrong with an upstream as it stands, each with its field. Which servers may be called is another question. */
export const upstreamProblems = (upstream: OidcUpstream): readonly Problem[] => {
  const { issuer, scopes, authMethod, sealedClientSecret, acrMap, domains } = upstream;
  return [
    ...problem('/issuer', uriProblem(issuer, { loopback: true, query: false })),
    ...problem(
      '/clientSecret',
      authMethod === 'none' && sealedClientSecret !== undefined && 'must be left out where `authMethod` is `none`',
    ),
    ...problem('/clientSecret', authMethod !== 'none' && sealedClientSecret === undefined && `must be there for \`${authMethod}\``),
    ...eachOf('/scopes', scopes, (name) => !scope.test(name) && 'must be a scope: printable ASCII without blanks, `"` and backslash'),
    ...problem('/scopes', !scopes.includes('openid') && 'must hold `openid`'),
    ...hasKnownAcr(acrMap),
    ...eachOf('/domains', domains, (name) => !(host.test(name) && name.length <= 253) && 'must be a mail domain such as `example.com`'),
  ];
};
