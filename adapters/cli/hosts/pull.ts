import { existsSync, writeFileSync } from 'node:fs';
import { said } from '../../../core/management/compact.ts';
import type { Management } from '../management.ts';
import { auth0Fields, clientFields, type HostsFile, readHosts, upstreamFields } from './file.ts';
import { presentHosts } from './present.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Members of records in a fixed order, so that two runs give one text. */
const sortedMembers = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1)));
};

const entry = (id: string, from: Fields, fields: readonly string[], secrets: Fields): Fields => ({
  [id]: from[id],
  ...secrets,
  ...Object.fromEntries(fields.flatMap((field) => (from[field] === undefined ? [] : [[field, sortedMembers(from[field])]]))),
});

/** Which variables hold the secrets is known to the file alone: a second pull into it keeps their names. */
const namesIn = (file: string | undefined): ((list: keyof HostsFile, id: string) => Fields) => {
  if (file === undefined || !existsSync(file)) return () => ({});
  const { upstreams, clients, auth0Tenants } = readHosts(file);
  const names = new Map<string, Fields>([
    ...upstreams.map(({ id, clientSecretEnv }) => [`upstreams/${id}`, said({ clientSecretEnv })] as const),
    ...clients.map(({ clientId, clientSecretEnv }) => [`clients/${clientId}`, said({ clientSecretEnv })] as const),
    ...auth0Tenants.map(({ id, secretEnvs }) => [`auth0Tenants/${id}`, said({ secretEnvs })] as const),
  ]);
  return (list, id) => names.get(`${list}/${id}`) ?? {};
};

/** Writes what the server has, by id, to the file or where none is given to the output. */
export const pull = async (management: Management, file: string | undefined, print: (line: string) => void): Promise<void> => {
  const nameOf = namesIn(file);
  const { upstreams, clients, auth0Tenants } = await presentHosts(management);
  const text = JSON.stringify(
    {
      upstreams: upstreams.map((one) => entry('id', one, upstreamFields, nameOf('upstreams', one.id))),
      clients: clients.map((one) => entry('clientId', one, clientFields, nameOf('clients', one.clientId))),
      auth0Tenants: auth0Tenants.map((one) => entry('id', one, auth0Fields, nameOf('auth0Tenants', one.id))),
    },
    null,
    2,
  );
  if (file === undefined) return print(text);
  writeFileSync(file, `${text}\n`);
  print(`${file}: ${upstreams.length} upstreams, ${clients.length} clients, ${auth0Tenants.length} Auth0 tenants`);
};
