import type { Policy } from '../action.ts';
import { StepwardError } from '../errors.ts';
import type { ManagementPorts } from './ports.ts';

/** The frozen policies of an action, newest first. */
export const listVersions = async (
  { store }: ManagementPorts,
  action: string,
): Promise<readonly { version: number; createdAt: string }[]> => {
  const versions = await store.policyVersions(action);
  if (versions.length === 0) throw new StepwardError('not_found', `no action configuration \`${action}\``);
  return versions.map(({ version, at }) => ({ version, createdAt: new Date(at).toISOString() }));
};

/** One frozen policy: settings and rules as decisions of that version read them. */
export const getVersion = async ({ store }: ManagementPorts, action: string, version: number): Promise<Policy> => {
  const policy = await store.policyVersion(action, version);
  if (policy === undefined) throw new StepwardError('not_found', `no version \`${version}\` of \`${action}\``);
  return policy as Policy;
};
