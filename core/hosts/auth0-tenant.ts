import { eachOf, type Problem, problem } from './problems.ts';

/** An Auth0 tenant: its Action sends browsers here, and takes them back at `https://<domain>/continue`. */
export type Auth0Tenant = {
  readonly id: string;
  readonly name: string;
  /** Its own host name and its custom domains, lower case; no other tenant has one of them. */
  readonly domains: readonly string[];
  /** Shared with its Action, each sealed for `auth0SecretContext(id)`: the first signs, all verify. */
  readonly sealedSecrets: readonly string[];
  readonly version: number;
  readonly createdAt: number;
};

export const auth0SecretContext = (id: string): string => `auth0-tenant:${id}`;

const host = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$/;
const loopback = /^(?:localhost|127\.0\.0\.1)(?::[1-9]\d{0,4})?$/;

/** Whether a domain is this machine itself: a tenant that is played in development, on any port. */
export const isLoopbackDomain = (domain: string): boolean => loopback.test(domain);

const domainProblem = (domain: string, anyLoopback: boolean): string | false =>
  !(domain.length <= 253 && host.test(domain)) &&
  !(anyLoopback && isLoopbackDomain(domain)) &&
  'must be a host name in lower case, such as `example.eu.auth0.com`';

/** Everything that is wrong with a tenant as it stands, each with its field. */
export const auth0TenantProblems = (
  { domains, sealedSecrets }: Pick<Auth0Tenant, 'domains' | 'sealedSecrets'>,
  anyLoopback: boolean,
): readonly Problem[] => [
  ...problem('/domains', domains.length === 0 && 'must name a domain'),
  ...eachOf('/domains', domains, (domain) => domainProblem(domain, anyLoopback)),
  ...problem('/secrets', sealedSecrets.length === 0 && 'must hold a secret'),
];

const secret = /^[\x21-\x7e]{32,512}$/;

/** What is wrong with the secrets that are given; none of them is in what is said. */
export const auth0SecretProblems = (secrets: readonly string[]): readonly Problem[] =>
  eachOf('/secrets', secrets, (text) => !secret.test(text) && 'must be 32 to 512 printable ASCII characters without blanks');
