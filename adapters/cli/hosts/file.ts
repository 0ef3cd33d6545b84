import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { auth0Domains, auth0TenantFields, auth0TenantId } from '../../http/auth0-host-bodies.ts';
import {
  issuer,
  oidcClientFields,
  oidcClientId,
  oidcUpstreamFields,
  oidcUpstreamId,
  ourClientId,
  redirectUris,
} from '../../http/oidc-host-bodies.ts';
import { Failure } from '../failure.ts';

/** Name of the environment variable that holds a secret: none is in the file. */
const variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, 'must be the name of an environment variable');
const clientSecretEnv = variable.optional();

const upstream = z.strictObject({ id: oidcUpstreamId, issuer, clientId: ourClientId, clientSecretEnv, ...oidcUpstreamFields });
const client = z.strictObject({ clientId: oidcClientId, redirectUris, clientSecretEnv, ...oidcClientFields });
/** Its variables in order: the first secret signs. */
const secretEnvs = z.array(variable).min(1, 'at least 1').max(5, 'at most 5').optional();
const auth0Tenant = z.strictObject({ id: auth0TenantId, domains: auth0Domains, secretEnvs, ...auth0TenantFields });

const hostsFile = z.strictObject({
  upstreams: z.array(upstream).default([]),
  clients: z.array(client).default([]),
  auth0Tenants: z.array(auth0Tenant).default([]),
});

export type UpstreamEntry = z.output<typeof upstream>;
export type ClientEntry = z.output<typeof client>;
export type Auth0TenantEntry = z.output<typeof auth0Tenant>;
export type HostsFile = z.output<typeof hostsFile>;

/** Fields of an entry that the server has too. */
export const upstreamFields = ['issuer', 'clientId', ...Object.keys(oidcUpstreamFields)] as const;
export const clientFields = ['redirectUris', ...Object.keys(oidcClientFields)] as const;
export const auth0Fields = ['domains', ...Object.keys(auth0TenantFields)] as const;

/** A place in the file, and what must be there. */
export type Refusal = { readonly pointer: string; readonly expected: string };

const mostTold = 5;

/** Throws a `Failure` that names every place, or the first of many. */
export const refuseFile = (file: string, refusals: readonly Refusal[]): void => {
  if (refusals.length === 0) return;
  const told = refusals.slice(0, mostTold).map(({ pointer, expected }) => `${pointer || '/'} ${expected}`);
  const more = refusals.length > mostTold ? `; and ${refusals.length - mostTold} more` : '';
  throw new Failure(1, `${file} is refused, nothing was changed: ${told.join('; ')}${more}`);
};

const pointerOf = (path: readonly PropertyKey[]): string =>
  path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

const refusalsOf = (issues: readonly z.core.$ZodIssue[]): readonly Refusal[] =>
  issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({ pointer: pointerOf([...issue.path, key]), expected: 'is no field there' }))
      : [{ pointer: pointerOf(issue.path), expected: `is refused: ${issue.message}` }],
  );

const twice = (list: string, name: string, ids: readonly string[]): readonly Refusal[] =>
  ids.flatMap((id, index) =>
    ids.indexOf(id) < index ? [{ pointer: `/${list}/${index}/${name}`, expected: `names \`${id}\` a second time` }] : [],
  );

const jsonOf = (file: string): unknown => {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new Failure(1, `${file} cannot be read`);
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new Failure(1, `${file} is not valid JSON`);
  }
};

/**
 * Reads a file of OIDC clients, upstreams and Auth0 tenants.
 *
 * @throws Failure that names each field that is not known, missing or of another type with its place.
 */
export const readHosts = (file: string): HostsFile => {
  const read = hostsFile.safeParse(jsonOf(file));
  if (!read.success) refuseFile(file, refusalsOf(read.error.issues));
  const hosts = read.data as HostsFile;
  refuseFile(file, [
    ...twice(
      'upstreams',
      'id',
      hosts.upstreams.map(({ id }) => id),
    ),
    ...twice(
      'clients',
      'clientId',
      hosts.clients.map(({ clientId }) => clientId),
    ),
    ...twice(
      'auth0Tenants',
      'id',
      hosts.auth0Tenants.map(({ id }) => id),
    ),
  ]);
  return hosts;
};
