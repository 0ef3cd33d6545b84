import { StepwardError } from '../errors.ts';
import { type AuthenticatorConfiguration, availableMethods } from '../policy/defaults.ts';
import type { PolicySet } from '../policy/policies.ts';
import type { ManagementPorts } from './ports.ts';

export type AuthenticatorConfigurationInput = { readonly isActive?: boolean | null };
export type AuthenticatorConfigurationAnswer = {
  readonly id: string;
  readonly verificationMethod: AuthenticatorConfiguration['verificationMethod'];
  readonly isActive: boolean;
};

const isAvailable = (id: string): id is (typeof availableMethods)[number] => (availableMethods as readonly string[]).includes(id);

const configurationOf = (set: PolicySet, method: (typeof availableMethods)[number]): AuthenticatorConfiguration =>
  set.authenticatorConfigurations.get(method) ?? { verificationMethod: method, isActive: true, settings: {} };

const shown = ({ verificationMethod, isActive }: AuthenticatorConfiguration): AuthenticatorConfigurationAnswer => ({
  id: verificationMethod,
  verificationMethod,
  isActive,
});

/** Every method that this release can carry; its id is its name. */
export const listAuthenticatorConfigurations = async ({
  policies,
}: ManagementPorts): Promise<readonly AuthenticatorConfigurationAnswer[]> => {
  const set = await policies.fresh();
  return availableMethods.map((method) => shown(configurationOf(set, method)));
};

/** Switches a method on or off in the tenant. */
export const updateAuthenticatorConfiguration = async (
  ports: ManagementPorts,
  actor: string,
  id: string,
  input: AuthenticatorConfigurationInput,
): Promise<AuthenticatorConfigurationAnswer> => {
  if (!isAvailable(id)) throw new StepwardError('not_found', `no authenticator configuration \`${id}\``);
  return ports.policies.change((set) => {
    const before = configurationOf(set, id);
    const after = { ...before, isActive: input.isActive === undefined ? before.isActive : (input.isActive ?? true) };
    return {
      put: [{ kind: 'authenticator-configuration', id, body: after }],
      audit: [{ actor, what: 'authenticator-configuration.updated', subject: id, detail: { before, after } }],
      answer: shown(after),
    };
  });
};
