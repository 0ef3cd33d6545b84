import { existsSync, writeFileSync } from 'node:fs';
import type { Management } from '../management.ts';
import { clientFields, readHosts, upstreamFields } from './file.ts';
import { presentHosts } from './present.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Members of records in a fixed order, so that two runs give one text. */
const sortedMembers = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1)));
};

const entry = (id: string, from: Fields, fields: readonly string[], secretEnv: string | undefined): Fields => ({
  [id]: from[id],
  ...(secretEnv !== undefined && { clientSecretEnv: secretEnv }),
  ...Object.fromEntries(fields.flatMap((field) => (from[field] === undefined ? [] : [[field, sortedMembers(from[field])]]))),
});

/** Which variables hold the secrets is known to the file alone: a second pull into it keeps their names. */
const namesIn = (file: string | undefined): ((list: 'upstreams' | 'clients', id: string) => string | undefined) => {
  if (file === undefined || !existsSync(file)) return () => undefined;
  const { upstreams, clients } = readHosts(file);
  const names = new Map([
    ...upstreams.map(({ id, clientSecretEnv }) => [`upstreams/${id}`, clientSecretEnv] as const),
    ...clients.map(({ clientId, clientSecretEnv }) => [`clients/${clientId}`, clientSecretEnv] as const),
  ]);
  return (list, id) => names.get(`${list}/${id}`);
};

/** Writes what the server has, by id, to the file or where none is given to the output. */
export const pull = async (management: Management, file: string | undefined, print: (line: string) => void): Promise<void> => {
  const nameOf = namesIn(file);
  const { upstreams, clients } = await presentHosts(management);
  const text = JSON.stringify(
    {
      upstreams: upstreams.map((one) => entry('id', one, upstreamFields, nameOf('upstreams', one.id))),
      clients: clients.map((one) => entry('clientId', one, clientFields, nameOf('clients', one.clientId))),
    },
    null,
    2,
  );
  if (file === undefined) return print(text);
  writeFileSync(file, `${text}\n`);
  print(`${file}: ${upstreams.length} upstreams, ${clients.length} clients`);
};
