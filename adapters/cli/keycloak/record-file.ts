import { readFileSync, writeFileSync } from 'node:fs';
import type { Plan } from '../../keycloak/plan.ts';
import { type Previous, previousOf } from '../../keycloak/previous.ts';
import type { Snapshot } from '../../keycloak/snapshot.ts';
import { Failure } from '../failure.ts';

type RecordFile = {
  readonly realm: string;
  readonly writtenAt: string;
  readonly bindings: unknown;
  readonly previous: Readonly<Record<string, string>>;
};

/** Writes what is bound now, beside what the realm itself remembers: for whoever has lost the realm's attributes. @returns the path. */
export const writeRecord = (path: string, { realm, bindings, identityProviders, clients, attributes }: Snapshot, plan: Plan): string => {
  const remembered = Object.entries({ ...attributes, ...plan.attributes.before }).filter(
    ([key, value]) => key.startsWith('stepward.previous.') && value !== undefined,
  );
  const file: RecordFile & { identityProviders: unknown; clients: unknown } = {
    realm,
    writtenAt: new Date().toISOString(),
    bindings,
    identityProviders: Object.fromEntries(identityProviders.map(({ alias, postBrokerLoginFlow = '' }) => [alias, postBrokerLoginFlow])),
    clients: Object.fromEntries(
      clients.filter(({ overrides }) => Object.keys(overrides).length > 0).map(({ clientId, overrides }) => [clientId, overrides]),
    ),
    previous: Object.fromEntries(remembered) as Record<string, string>,
  };
  try {
    writeFileSync(path, `${JSON.stringify(file, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
  } catch {
    throw new Failure(1, `nothing was changed: ${path} cannot be written, or is there already: give another \`--record\``);
  }
  return path;
};

/** Reads what was bound before from such a file. Throws `Failure`. */
export const readRecord = (path: string, realm: string): Previous => {
  let file: Partial<RecordFile> | null;
  try {
    file = JSON.parse(readFileSync(path, 'utf8')) as Partial<RecordFile> | null;
  } catch {
    throw new Failure(2, `${path} cannot be read, or is not valid JSON`);
  }
  if (file?.realm !== realm || typeof file.previous !== 'object' || file.previous === null)
    throw new Failure(2, `${path} is no record of the realm \`${realm}\``);
  return previousOf({ attributes: file.previous });
};
