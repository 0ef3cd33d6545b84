import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../../adapters/cli/run.ts';
import type { Realm } from './make-realm.ts';
import { keycloak } from './realm.ts';

export const vaultReference = '${' + 'vault.stepward}';
export const serverKey = 'sk_test_0000000000000000';

/** The service account of the installer, as a client of a realm that is made. */
export const installerClient = {
  clientId: 'installer',
  more: {
    publicClient: false,
    secret: 'secret-of-the-installer',
    serviceAccountsEnabled: true,
    standardFlowEnabled: false,
    directAccessGrantsEnabled: false,
  },
} as const;

const roles = ['manage-realm', 'manage-identity-providers', 'manage-clients', 'manage-users', 'view-events'];

export type Ran = { readonly exit: number; readonly out: readonly string[]; readonly err: string };
export type Installer = {
  /** `stepward keycloak <command> --realm <this realm> …`. */
  stepward(command: string, ...args: string[]): Promise<Ran>;
  /** Where it runs: records are written here. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  records(): readonly string[];
  /** Writes that the realm's admin API saw since the last call, by method and path. */
  writes(): Promise<readonly string[]>;
  end(): void;
};

/** Gives the service account its roles, puts a server key into the vault, and runs the command line as that account. */
export const createInstaller = async (realm: Realm, core: { readonly origin: string }): Promise<Installer> => {
  const folder = mkdtempSync(join(tmpdir(), 'stepward-installer-'));
  type Named = { readonly id: string; readonly name: string };
  const [client] = await realm.get<readonly Named[]>('/clients?clientId=installer');
  const [management] = await realm.get<readonly Named[]>('/clients?clientId=realm-management');
  const account = await realm.get<Named>(`/clients/${client?.id}/service-account-user`);
  const all = await realm.get<readonly Named[]>(`/clients/${management?.id}/roles`);
  await realm.call(
    'POST',
    `/users/${account.id}/role-mappings/clients/${management?.id}`,
    all.filter(({ name }) => roles.includes(name)),
  );
  writeFileSync(join(keycloak.vault, `${realm.name}_stepward`), serverKey);
  const env = {
    STEPWARD_KEYCLOAK_URL: keycloak.url,
    STEPWARD_KEYCLOAK_CLIENT_ID: 'installer',
    STEPWARD_KEYCLOAK_CLIENT_SECRET: installerClient.more.secret,
  };
  let seen = 0;
  return {
    folder,
    env,
    stepward: async (command, ...args) => {
      const [out, err] = [[] as string[], [] as string[]];
      const settings = command === 'uninstall' ? [] : ['--url', core.origin, '--server-key', vaultReference];
      const record = command === 'apply' ? ['--record', join(folder, `record-${readdirSync(folder).length}.json`)] : [];
      const exit = await run(['keycloak', command, '--realm', realm.name, ...settings, ...record, ...args], {
        env,
        folder,
        print: (line) => out.push(line),
        complain: (line) => err.push(line),
      });
      return { exit, out, err: err.join('\n') };
    },
    records: () =>
      readdirSync(folder)
        .filter((name) => name.startsWith('record-'))
        .map((name) => join(folder, name)),
    writes: async () => {
      type Event = { readonly operationType: string; readonly resourcePath: string };
      const events = (await realm.get<readonly Event[]>('/admin-events?max=10000')).toReversed();
      const fresh = events.slice(seen).filter(({ operationType }) => operationType !== 'ACTION');
      seen = events.length;
      return fresh.map(({ operationType, resourcePath }) => `${operationType} ${resourcePath}`);
    },
    end: () => rmSync(folder, { recursive: true, force: true }),
  };
};

/** Everything of a realm that its administrators can export, to be compared. */
export const exported = async (realm: Realm): Promise<Readonly<Record<string, unknown>>> =>
  (await realm.call('POST', '/partial-export?exportClients=true&exportGroupsAndRoles=true')).body as Record<string, unknown>;
