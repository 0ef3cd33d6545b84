import { Failure } from '../failure.ts';
import { actionSecrets } from './action-secrets.ts';
import { dataPoints, samplePolicy } from './sample-policy.ts';
import type { Auth0Settings } from './settings.ts';
import { tenantYaml } from './tenant-yaml.ts';
import { terraform } from './terraform.ts';
import { writeFiles } from './write-files.ts';

/** Below the folder of the bundle, as auth0-deploy-cli lays it out. */
const codePath = 'actions/stepward/code.js';

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** auth0-deploy-cli replaces these in the code too. */
const keyword = /(##|@@)[A-Z0-9_]+\1/;

/** Everything that brings the Action to a tenant, by path. */
export const bundleFiles = (settings: Auth0Settings, code: string): ReadonlyMap<string, string> => {
  if (keyword.test(code)) throw new Failure(1, 'the Action has a text that auth0-deploy-cli would replace');
  const secrets = actionSecrets(settings);
  return new Map([
    [codePath, code],
    ['tenant.yaml', tenantYaml(secrets, codePath)],
    ['main.tf', terraform(secrets, codePath)],
    ['datapoints.json', json(dataPoints)],
    ['policy.json', json(samplePolicy(settings))],
  ]);
};

const nextSteps = (out: string, settings: Auth0Settings): readonly string[] => [
  'next:',
  `  1. policy         stepward auth0 policy ${out} --dry-run, and again without it, before Auth0 asks for the first time`,
  `  2. server key     stepward keys create auth0 --actions ${settings.action},${settings.refreshAction}: STEPWARD_SERVER_KEY, for Auth0 alone`,
  ...(settings.mode === 'redirect'
    ? ['  3. the tenant     its domains and a secret of 32 random bytes at Stepward; the same secret is STEPWARD_REDIRECT_SECRET']
    : ['  3. the tenant     let Actions customize MFA factors (Security, Multi-factor Auth), and keep a policy of Auth0 behind it']),
  `  4. the Action     paste ${out}/${codePath}, or import tenant.yaml, or apply main.tf; then put it into the flow post-login`,
  '  docs/auth0.md has each step, what to check, and how to remove it again',
];

/** Writes the bundle and says what to do with it. */
export const bundle = (out: string, settings: Auth0Settings, code: string, print: (line: string) => void): void => {
  const changed = writeFiles(out, bundleFiles(settings, code));
  print(changed.length === 0 ? `${out}: unchanged` : `${out}: wrote ${changed.join(', ')}`);
  for (const line of nextSteps(out, settings)) print(line);
};
