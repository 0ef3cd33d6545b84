import { randomBytes } from 'node:crypto';
import type KeycloakAdminClient from '@keycloak/keycloak-admin-client';
import { flowNamed, type Snapshot } from '../../keycloak/snapshot.ts';
import { type TrialOutcome, trialLogin } from '../../keycloak/trial-login.ts';
import { Failure } from '../failure.ts';
import type { Environment } from '../settings.ts';
import { canaryClient } from './read-snapshot.ts';

const redirectUri = 'http://localhost/stepward-canary';
const userPrefix = 'stepward-canary-';

/** What an interrupted run left; its client would keep a flow from being deleted. */
export const removeCanary = async ({ clients, users }: KeycloakAdminClient): Promise<void> => {
  for (const { id } of await clients.find({ clientId: canaryClient })) if (id) await clients.del({ id });
  const left = await users.find({ search: userPrefix, max: 20 }).catch(() => []);
  for (const { id, username } of left) if (id && username?.startsWith(userPrefix)) await users.del({ id });
};

type TestUser = { readonly username: string; readonly password: string; readonly remove: () => Promise<void> };

const makeUser = async ({ users }: KeycloakAdminClient): Promise<TestUser> => {
  const username = `${userPrefix}${randomBytes(8).toString('hex')}`;
  // long, and of every kind of character that a password policy may ask for
  const password = `${randomBytes(24).toString('base64url')}-aA1!`;
  try {
    const { id } = await users.create({
      username,
      email: `${username}@stepward.invalid`,
      emailVerified: true,
      firstName: 'Stepward',
      lastName: 'Canary',
      enabled: true,
      credentials: [{ type: 'password', value: password, temporary: false }],
    });
    return { username, password, remove: () => users.del({ id }) };
  } catch {
    throw new Failure(
      1,
      'the service account cannot make a test user: give it `manage-users`, or set STEPWARD_KEYCLOAK_TEST_USER and STEPWARD_KEYCLOAK_TEST_PASSWORD',
    );
  }
};

const userOf = (client: KeycloakAdminClient, env: Environment): Promise<TestUser> => {
  const { STEPWARD_KEYCLOAK_TEST_USER: username, STEPWARD_KEYCLOAK_TEST_PASSWORD: password } = env;
  return username && password ? Promise.resolve({ username, password, remove: async () => {} }) : makeUser(client);
};

/** Signs a test user in through this flow alone, by a client that is there for as long as that takes. */
export const tryFlow = async (client: KeycloakAdminClient, snapshot: Snapshot, flow: string, env: Environment): Promise<TrialOutcome> => {
  const browser = flowNamed(snapshot, flow)?.id ?? '';
  const user = await userOf(client, env);
  try {
    const { id } = await client.clients.create({
      clientId: canaryClient,
      name: 'Stepward: a login that is tried',
      protocol: 'openid-connect',
      publicClient: true,
      standardFlowEnabled: true,
      directAccessGrantsEnabled: false,
      fullScopeAllowed: false,
      redirectUris: [redirectUri],
      authenticationFlowBindingOverrides: { browser },
    });
    try {
      const realmUrl = `${client.baseUrl}/realms/${encodeURIComponent(client.realmName)}`;
      const { username, password } = user;
      return await trialLogin({ realmUrl, clientId: canaryClient, redirectUri, username, password });
    } catch (error) {
      return { kind: 'undecided', why: `it broke off: ${(error as Error).message}` };
    } finally {
      await client.clients.del({ id });
    }
  } finally {
    await user.remove();
  }
};
