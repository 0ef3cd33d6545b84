import type KeycloakAdminClient from '@keycloak/keycloak-admin-client';
import type { RealmAdmin } from '../../keycloak/admin.ts';
import { authenticatorId, conditionId } from '../../keycloak/layout.ts';
import type { InstallOptions } from '../../keycloak/options.ts';
import type { Snapshot } from '../../keycloak/snapshot.ts';
import { Failure } from '../failure.ts';
import type { Environment } from '../settings.ts';
import { keycloakAccess } from './access.ts';
import { createRealmAdmin } from './admin.ts';
import { connect } from './connect.ts';

/** A realm, ready to be planned. */
export type OpenRealm = { readonly client: KeycloakAdminClient; readonly admin: RealmAdmin; readonly snapshot: Snapshot };

export const openRealm = async (env: Environment, realm: string): Promise<OpenRealm> => {
  const client = await connect(keycloakAccess(env, realm), realm);
  const admin = createRealmAdmin(client);
  return { client, admin, snapshot: await admin.snapshot() };
};

/** Refuses what would lock everybody out, names that are not there, and a server without the jar. Throws `Failure`. */
export const checkRealm = ({ realm, authenticators, clients }: Snapshot, { except, pilots, includeAdmins }: InstallOptions): void => {
  const missing = [authenticatorId, conditionId].filter((id) => !authenticators.includes(id));
  if (missing.length > 0)
    throw new Failure(
      1,
      `nothing was changed: Keycloak has no ${missing.join(', ')}: put the jar into \`providers/\`, run \`kc.sh build\` and start it again`,
    );
  if (realm === 'master' && !includeAdmins)
    throw new Failure(
      1,
      'nothing was changed: with Stepward down nobody could sign in to `master` to repair it; `--include-admins` says that you want it',
    );
  const unknown = [...except, ...pilots].filter((name) => !clients.some(({ clientId }) => clientId === name));
  if (unknown.length > 0) throw new Failure(2, `the realm has no client ${unknown.map((name) => `\`${name}\``).join(', ')}`);
  if (pilots.includes('security-admin-console') && !includeAdmins)
    throw new Failure(
      2,
      '`--clients security-admin-console` needs `--include-admins`: with Stepward down nobody could sign in to repair the realm',
    );
};
