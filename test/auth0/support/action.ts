import { buildAuth0Action } from '../../../scripts/build-auth0.ts';
import {
  type ActionEvent,
  createSandbox,
  type Effects,
  runtimes as installed,
  type Sandbox,
  type SandboxSettings,
} from '../sandbox/index.ts';

/** The Node versions of Auth0 where they can be installed, else the one of these tests. */
export const runtimes = installed.length > 1 ? installed.filter((node) => node !== 'current') : installed;

export const redirectSecret = 'redirect-secret-of-thirty-two-bytes-1';
const code = buildAuth0Action();

/** The built Action in a sandbox, set to this server. */
export const startAction = async (
  origin: string,
  about: Partial<SandboxSettings> & { readonly set?: Readonly<Record<string, string>> } = {},
): Promise<Sandbox> => {
  const { set = {}, ...more } = about;
  const secrets = {
    STEPWARD_URL: origin,
    STEPWARD_SERVER_KEY: 'sk_test_0000000000000000',
    STEPWARD_REDIRECT_SECRET: redirectSecret,
    STEPWARD_CLAIM_NAMESPACE: 'https://app.example/stepward',
    ...set,
  };
  return createSandbox({ code: await code, node: 'current', secrets, ...more });
};

/** The same event under settings of its own. */
export const set = (event: ActionEvent, configuration: Readonly<Record<string, string>>): ActionEvent => ({ ...event, configuration });

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/;

/** What came of an execution, in a few words. Fails for what no login can be. */
export const effectOf = (effects: Effects): string => {
  const { denied, error, redirectedTo, challenged, enrolled, metadata, idTokenClaims } = effects;
  const what = [
    denied !== undefined && `deny ${denied.replace(uuid, '<ref>')}`,
    error !== undefined && `error ${error}`,
    redirectedTo !== undefined && 'redirect',
    challenged && `challenge ${challenged.join(' ')}`,
    enrolled && `enroll ${enrolled.join(' ')}`,
  ].filter(Boolean);
  if (what.length > 1) throw new Error(`more than one effect: ${what.join(', ')}`);
  const decision = idTokenClaims['https://app.example/stepward/decision'] as { readonly degraded?: boolean } | undefined;
  const isDegraded = metadata.stepward_degraded === true;
  if (isDegraded !== (decision?.degraded === true)) throw new Error('stamped in one place only');
  return [what[0] ?? 'proceed', isDegraded && 'degraded'].filter(Boolean).join(', ');
};
