import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildCognito } from '../../scripts/build-cognito.ts';
import { startLambdas } from '../../test/cognito/lambda-host/index.ts';
import { startUserPool, type UserPool } from '../../test/cognito/simulator/index.ts';
import { emailOf, people } from './policy.ts';

const users = people.names.map((name) => ({
  username: name,
  password: people.password,
  attributes: { email: emailOf(name), email_verified: 'true' },
}));

/** The pool as it was: its own password flow, and no trigger. */
export const startPoolBefore = (): Promise<UserPool> =>
  startUserPool({ users, clients: { app: { ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'] } } });

/** What `template.yaml` says of a client: the ways that go round the triggers are closed. */
const closed = {
  ExplicitAuthFlows: ['ALLOW_CUSTOM_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
  PreventUserExistenceErrors: 'ENABLED',
  AuthSessionValidity: 15,
};

/**
 * The pool with the built triggers, each a function with a process of its own.
 *
 * @param apps name of each application's client, and where its browsers come back to
 */
export const startPoolWithTriggers = async (
  stepward: { readonly url: string; readonly serverKey: string },
  apps: Readonly<Record<string, string>>,
): Promise<UserPool> => {
  const folder = mkdtempSync(join(tmpdir(), 'stepward-cognito-'));
  for (const [name, text] of await buildCognito()) writeFileSync(join(folder, name), text);
  const fileOf = (name: string): string => join(folder, `${name}.mjs`);
  const lambdas = await startLambdas({
    files: { define: fileOf('define'), create: fileOf('create'), verify: fileOf('verify'), 'pre-token': fileOf('pre-token') },
  });
  const pool = await startUserPool({
    lambdas,
    triggers: {
      DefineAuthChallenge: 'define',
      CreateAuthChallenge: 'create',
      VerifyAuthChallengeResponse: 'verify',
      PreTokenGeneration: 'pre-token',
    },
    users,
    clients: Object.fromEntries(Object.keys(apps).map((name) => [name, closed])),
  });
  await lambdas.configure({
    STEPWARD_URL: stepward.url,
    STEPWARD_SERVER_KEY: stepward.serverKey,
    STEPWARD_RETURN_URLS: JSON.stringify(Object.fromEntries(Object.entries(apps).map(([name, url]) => [pool.client(name).id, url]))),
    STEPWARD_GATE: 'admit',
  });
  const stop = async (): Promise<void> => {
    await pool.stop();
    await lambdas.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return { ...pool, stop };
};
