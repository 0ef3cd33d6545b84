import type { ActionConfiguration, Policy } from '../action.ts';
import { StepwardError } from '../errors.ts';
import { environmentOf } from '../policy/compiled.ts';
import { defaultConfiguration } from '../policy/defaults.ts';
import type { PolicySet } from '../policy/policies.ts';
import type { Warning } from '../rules/lint.ts';
import { nearestName } from '../rules/nearest.ts';
import { cleared, said } from './compact.ts';
import { changePolicy, checkMatch, type IfMatch, policyOf } from './policy-change.ts';
import type { ManagementPorts, Versioned } from './ports.ts';
import { warningsOf } from './rule-answer.ts';

/** What a caller says of an action configuration. `null` clears, absent leaves as it is. */
export type ActionConfigurationInput = {
  readonly [K in Exclude<keyof ActionConfiguration, 'actionCode' | 'createdAt'>]?: ActionConfiguration[K] | null;
};

export type ActionConfigurationAnswer = Omit<ActionConfiguration, 'createdAt'> & {
  readonly tenantId: string;
  readonly createdAt: string;
  readonly lastActionCreatedAt?: string;
  readonly policyVersion: number;
  readonly warnings: readonly Warning[];
};

const refuse = (pointer: string, expected: string, got: unknown, hint?: string): never => {
  throw new StepwardError(
    'invalid_configuration',
    `\`${pointer.slice(1)}\` must be ${expected}${hint ? `; did you mean \`${hint}\`` : ''}`,
    {
      details: [{ pointer, expected, got, ...(hint && { hint }) }],
    },
  );
};

/** What no single field tells. */
const checkWhole = ({ webhooks }: ManagementPorts, configuration: ActionConfiguration, set: PolicySet): void => {
  const { verificationMethods, defaultVerificationMethod, recordSignals, verificationWebhookUrl } = configuration;
  if (verificationMethods?.length === 0) refuse('/verificationMethods', 'absent, or name a method', []);
  if (verificationMethods && defaultVerificationMethod && !verificationMethods.includes(defaultVerificationMethod))
    refuse('/defaultVerificationMethod', 'one of `verificationMethods`', defaultVerificationMethod);
  const refusal = verificationWebhookUrl === undefined ? undefined : webhooks.refusal(verificationWebhookUrl);
  if (refusal !== undefined) refuse('/verificationWebhookUrl', refusal.replace(/^must /, ''), verificationWebhookUrl);
  const { variables } = environmentOf(set);
  for (const [index, name] of recordSignals.entries())
    if (!variables.has(name)) refuse(`/recordSignals/${index}`, 'the name of a signal', name, nearestName(name, variables.keys()));
};

/** The configuration after a change; what is cleared goes back to its default. */
const withInput = (
  ports: ManagementPorts,
  before: ActionConfiguration,
  input: ActionConfigurationInput,
  set: PolicySet,
): ActionConfiguration => {
  const defaults = defaultConfiguration(before.actionCode, set.tenant.defaultOutcome, before.createdAt);
  const nulls = Object.keys(input).filter((key) => input[key as keyof ActionConfigurationInput] === null);
  const reset = Object.fromEntries(nulls.map((key) => [key, defaults[key as keyof ActionConfiguration]]));
  const after = cleared({ ...before, ...said(input), ...reset }) as ActionConfiguration;
  checkWhole(ports, after, set);
  return after;
};

const answerOf = async (ports: ManagementPorts, set: PolicySet, policy: Policy): Promise<ActionConfigurationAnswer> => {
  const { createdAt, ...configuration } = policy.configuration;
  const [last] = await ports.store.instances({ action: configuration.actionCode, order: 'newest', limit: 1 });
  return {
    ...configuration,
    tenantId: ports.tenantId,
    createdAt: new Date(createdAt).toISOString(),
    ...(last && { lastActionCreatedAt: new Date(last.createdAt).toISOString() }),
    policyVersion: policy.version,
    warnings: warningsOf(ports, set, policy),
  };
};

/** Every action configuration by its code. */
export const listActionConfigurations = async (ports: ManagementPorts): Promise<readonly ActionConfigurationAnswer[]> => {
  const set = await ports.policies.fresh();
  const policies = [...set.actions.values()].toSorted((left, right) =>
    left.configuration.actionCode < right.configuration.actionCode ? -1 : 1,
  );
  return Promise.all(policies.map((policy) => answerOf(ports, set, policy)));
};

export const getActionConfiguration = async (ports: ManagementPorts, action: string): Promise<Versioned<ActionConfigurationAnswer>> => {
  const set = await ports.policies.fresh();
  const policy = policyOf(set, action);
  return { answer: await answerOf(ports, set, policy), policyVersion: policy.version };
};

/**
 * Configures an action nobody has configured or tracked.
 *
 * @throws StepwardError `already_exists`, `invalid_configuration`.
 */
export const createActionConfiguration = async (
  ports: ManagementPorts,
  actor: string,
  action: string,
  input: ActionConfigurationInput,
): Promise<Versioned<ActionConfigurationAnswer>> => {
  // an action that was deleted goes on counting: its old versions stay frozen
  const [frozen] = await ports.store.policyVersions(action);
  const now = ports.now();
  const { policy, set } = await ports.policies.change((settings) => {
    if (settings.actions.has(action))
      throw new StepwardError('already_exists', `the action \`${action}\` is configured: change it with PATCH`);
    const configuration = withInput(ports, defaultConfiguration(action, settings.tenant.defaultOutcome, now), input, settings);
    const created: Policy = { version: (frozen?.version ?? 0) + 1, configuration, rules: [] };
    return {
      put: [{ kind: 'action', id: action, body: created }],
      audit: [{ actor, what: 'action.configured', subject: action, detail: { after: configuration } }],
      answer: { policy: created, set: settings },
    };
  });
  return { answer: await answerOf(ports, set, policy), policyVersion: policy.version };
};

export const updateActionConfiguration = async (
  ports: ManagementPorts,
  actor: string,
  action: string,
  input: ActionConfigurationInput,
  ifMatch?: IfMatch,
): Promise<Versioned<ActionConfigurationAnswer>> => {
  const { policy, set } = await changePolicy(ports, { action, actor, ifMatch, what: 'action.updated' }, (before, settings) => {
    const configuration = withInput(ports, before.configuration, input, settings);
    return {
      policy: { configuration, rules: before.rules },
      detail: { before: before.configuration, after: configuration },
      answer: () => undefined,
    };
  });
  return { answer: await answerOf(ports, set, policy), policyVersion: policy.version };
};

/** Forgets an action's settings and rules; its instances and frozen versions stay. */
export const deleteActionConfiguration = (ports: ManagementPorts, actor: string, action: string, ifMatch?: IfMatch): Promise<void> =>
  ports.policies.change((set) => {
    const before = policyOf(set, action);
    checkMatch(before, ifMatch);
    // made anew by the next refresh it would have the tenant's default, and nobody could refresh
    const refreshing = [...set.oidcClients.values()].find(({ refreshAction }) => refreshAction === action);
    if (refreshing)
      throw new StepwardError(
        'in_use',
        `\`${action}\` is the \`refreshAction\` of the OIDC client \`${refreshing.clientId}\`: change that first`,
      );
    return {
      remove: [{ kind: 'action', id: action }],
      audit: [{ actor, what: 'action.deleted', subject: action, detail: { before } }],
      answer: undefined,
    };
  });
