import { StepwardError } from '../errors.ts';
import { type AuthenticatorConfiguration, availableMethods } from '../policy/defaults.ts';
import { changedSettings, type MethodSettings, methodSettings } from '../policy/method-settings.ts';
import type { PolicySet } from '../policy/policies.ts';
import type { ManagementPorts } from './ports.ts';

/** What a caller says of a method; `null` is the default, absent leaves as it is. */
export type AuthenticatorConfigurationInput = { readonly isActive?: boolean | null } & {
  readonly [K in keyof MethodSettings]?: MethodSettings[K] | null;
};
export type AuthenticatorConfigurationAnswer = MethodSettings & {
  readonly id: string;
  readonly verificationMethod: AuthenticatorConfiguration['verificationMethod'];
  readonly isActive: boolean;
};

type Available = (typeof availableMethods)[number];

/** The method of this id: its id is its name. */
const methodOf = (id: string): Available => {
  const method = availableMethods.find((one) => one === id);
  if (!method) throw new StepwardError('not_found', `no authenticator configuration \`${id}\``);
  return method;
};

const configurationOf = (set: PolicySet, method: Available): AuthenticatorConfiguration =>
  set.authenticatorConfigurations.get(method) ?? { verificationMethod: method, isActive: true, settings: {} };

const shown = (set: PolicySet, method: Available): AuthenticatorConfigurationAnswer => ({
  id: method,
  verificationMethod: method,
  isActive: configurationOf(set, method).isActive,
  ...methodSettings(set, method),
});

/** Every method that this release can carry, with its settings. */
export const listAuthenticatorConfigurations = async ({
  policies,
}: ManagementPorts): Promise<readonly AuthenticatorConfigurationAnswer[]> => {
  const set = await policies.fresh();
  return availableMethods.map((method) => shown(set, method));
};

export const getAuthenticatorConfiguration = async ({ policies }: ManagementPorts, id: string): Promise<AuthenticatorConfigurationAnswer> =>
  shown(await policies.fresh(), methodOf(id));

/** Switches a method on or off in the tenant, or changes its settings. */
export const updateAuthenticatorConfiguration = async (
  { policies, publicUrl }: ManagementPorts,
  actor: string,
  id: string,
  { isActive, ...input }: AuthenticatorConfigurationInput,
): Promise<AuthenticatorConfigurationAnswer> => {
  const method = methodOf(id);
  return policies.change((set) => {
    const before = configurationOf(set, method);
    const after: AuthenticatorConfiguration = {
      ...before,
      isActive: isActive === undefined ? before.isActive : (isActive ?? true),
      settings: changedSettings(method, before.settings, input, new URL(publicUrl).hostname),
    };
    const authenticatorConfigurations = new Map(set.authenticatorConfigurations).set(method, after);
    return {
      put: [{ kind: 'authenticator-configuration', id: method, body: after }],
      audit: [{ actor, what: 'authenticator-configuration.updated', subject: method, detail: { before, after } }],
      answer: shown({ ...set, authenticatorConfigurations }, method),
    };
  });
};
