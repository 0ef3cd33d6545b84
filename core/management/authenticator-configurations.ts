import { StepwardError } from '../errors.ts';
import { type AuthenticatorConfiguration, availableMethods } from '../policy/defaults.ts';
import type { VerificationMethod } from '../policy/methods.ts';
import type { PolicySet } from '../policy/policies.ts';
import type { ManagementPorts } from './ports.ts';

export type AuthenticatorConfigurationInput = { readonly isActive?: boolean | null; readonly crossBrowser?: boolean | null };
export type AuthenticatorConfigurationAnswer = {
  readonly id: string;
  readonly verificationMethod: AuthenticatorConfiguration['verificationMethod'];
  readonly isActive: boolean;
  /** Only of methods that another browser can finish. */
  readonly crossBrowser?: boolean;
};

const isAvailable = (id: string): id is (typeof availableMethods)[number] => (availableMethods as readonly string[]).includes(id);

const configurationOf = (set: PolicySet, method: (typeof availableMethods)[number]): AuthenticatorConfiguration =>
  set.authenticatorConfigurations.get(method) ?? { verificationMethod: method, isActive: true, settings: {} };

/** Methods that can be begun in one browser and finished in another. */
const crossingBrowsers: ReadonlySet<string> = new Set<VerificationMethod>(['EMAIL_MAGIC_LINK']);

const shown = ({ verificationMethod, isActive, settings }: AuthenticatorConfiguration): AuthenticatorConfigurationAnswer => ({
  id: verificationMethod,
  verificationMethod,
  isActive,
  ...(crossingBrowsers.has(verificationMethod) && { crossBrowser: settings.crossBrowser === true }),
});

const settingsAfter = (before: AuthenticatorConfiguration, { crossBrowser }: AuthenticatorConfigurationInput) => {
  if (crossBrowser === undefined) return before.settings;
  if (!crossingBrowsers.has(before.verificationMethod))
    throw new StepwardError('invalid_configuration', `\`${before.verificationMethod}\` has no \`crossBrowser\``);
  return { ...before.settings, crossBrowser: crossBrowser ?? false };
};

/** Every method that this release can carry; its id is its name. */
export const listAuthenticatorConfigurations = async ({
  policies,
}: ManagementPorts): Promise<readonly AuthenticatorConfigurationAnswer[]> => {
  const set = await policies.fresh();
  return availableMethods.map((method) => shown(configurationOf(set, method)));
};

/** Switches a method on or off in the tenant, or changes its settings; null is the default. */
export const updateAuthenticatorConfiguration = async (
  ports: ManagementPorts,
  actor: string,
  id: string,
  input: AuthenticatorConfigurationInput,
): Promise<AuthenticatorConfigurationAnswer> => {
  if (!isAvailable(id)) throw new StepwardError('not_found', `no authenticator configuration \`${id}\``);
  return ports.policies.change((set) => {
    const before = configurationOf(set, id);
    const after = {
      ...before,
      isActive: input.isActive === undefined ? before.isActive : (input.isActive ?? true),
      settings: settingsAfter(before, input),
    };
    return {
      put: [{ kind: 'authenticator-configuration', id, body: after }],
      audit: [{ actor, what: 'authenticator-configuration.updated', subject: id, detail: { before, after } }],
      answer: shown(after),
    };
  });
};
