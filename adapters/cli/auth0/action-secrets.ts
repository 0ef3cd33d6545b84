import type { Auth0Settings } from './settings.ts';

/** One setting of the Action. Auth0 has secrets alone for it, so those that are none have their value here. */
export type ActionSecret = {
  readonly name: `STEPWARD_${string}`;
  /** Absent: it comes from the tool that deploys, and is in no file. */
  readonly value?: string;
};

/** Settings that Auth0 is given; the others have their defaults in the Action. */
export const actionSecrets = (settings: Auth0Settings): readonly ActionSecret[] => [
  { name: 'STEPWARD_URL', value: settings.url },
  { name: 'STEPWARD_SERVER_KEY' },
  ...(settings.mode === 'redirect' ? [{ name: 'STEPWARD_REDIRECT_SECRET' as const }] : []),
  { name: 'STEPWARD_ACTION', value: settings.action },
  { name: 'STEPWARD_REFRESH_ACTION', value: settings.refreshAction },
  { name: 'STEPWARD_MODE', value: settings.mode },
  { name: 'STEPWARD_FAILURE_POLICY', value: settings.failurePolicy },
  ...(settings.claimNamespace === undefined ? [] : [{ name: 'STEPWARD_CLAIM_NAMESPACE' as const, value: settings.claimNamespace }]),
];
