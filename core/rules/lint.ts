import type { Policy, Rule } from '../action.ts';
import { isEmailMethod, type VerificationMethod } from '../policy/methods.ts';
import { clientChosen } from './client-chosen.ts';
import { type Comparison, type Condition, comparisonsOf, operandsOf, type RuleEnvironment } from './condition.ts';
import { blockFindings, constantFindings, contradictionFindings, type Finding, saturationFindings } from './lint-conditions.ts';
import { parseCondition } from './parse.ts';

/** Something an operator probably did not mean; nothing is refused for it. */
export type Warning = { readonly code: string; readonly ruleId?: string; readonly message: string };

/** What this deployment can compute and send. */
export type Deployment = {
  /** Names of the variables whose data is there. */
  readonly available: ReadonlySet<string>;
  readonly emailEnabled: boolean;
};

type Parsed = { readonly rule: Rule; readonly condition?: Condition; readonly comparisons: readonly Comparison[] };

const guards = (rule: Rule): boolean => rule.type === 'CHALLENGE' || rule.type === 'REVIEW' || rule.type === 'BLOCK';
const letsThrough = (rule: Rule): boolean => rule.type === 'ALLOW' || rule.type === 'TRUST';

const missingData = ({ rule, comparisons }: Parsed, { available }: Deployment): readonly Finding[] => {
  if (!guards(rule)) return [];
  const names = new Set(comparisons.flatMap(operandsOf).map(({ variable }) => variable.name));
  return [...names]
    .filter((name) => !available.has(name))
    .map((name) => ({
      code: 'data-unavailable',
      message: `\`${name}\` needs data that this deployment does not have: it is always unknown`,
    }));
};

const absentable = /^(custom|user\.custom|device|ip)\./;

const unsaidUnknown = ({ rule, comparisons }: Parsed): readonly Finding[] => {
  if (!guards(rule) || rule.onUnknown !== undefined) return [];
  const open = comparisons
    .filter(({ form }) => form !== 'exists')
    .flatMap(operandsOf)
    .filter(({ fallback }) => fallback === undefined)
    .map(({ variable }) => variable.name)
    .filter((name) => absentable.test(name));
  return [...new Set(open)].map((name) => ({
    code: 'on-unknown-unset',
    message: `say with \`onUnknown\` what the rule does where \`${name}\` is unknown; unsaid, it does not match`,
  }));
};

const restsOnClient = ({ rule, comparisons }: Parsed): readonly Finding[] => {
  const names = comparisons.flatMap(operandsOf).map(({ variable }) => variable.name);
  if (!letsThrough(rule) || names.length === 0 || !names.every((name) => clientChosen.has(name))) return [];
  return [{ code: 'client-chosen', message: `${rule.type} rests on what the browser chooses alone: ${[...new Set(names)].join(', ')}` }];
};

/** The arrays of strings in conditions as written: what was parsed has lost its host bits. */
const stringArrays = (node: unknown): readonly (readonly string[])[] => {
  if (typeof node !== 'object' || node === null) return [];
  if (Array.isArray(node) && node.every((item) => typeof item === 'string')) return [node];
  return Object.values(node).flatMap(stringArrays);
};

const readsBlocks = ({ comparisons }: Parsed): boolean =>
  comparisons.some((comparison) => comparison.form === 'value' && comparison.test.test === 'in-blocks');

const ruleFindings = (parsed: Parsed, deployment: Deployment): readonly Finding[] => [
  ...missingData(parsed, deployment),
  ...unsaidUnknown(parsed),
  ...restsOnClient(parsed),
  ...parsed.comparisons.flatMap(saturationFindings),
  ...parsed.comparisons.flatMap(constantFindings),
  ...(parsed.condition ? contradictionFindings(parsed.condition) : []),
  ...(readsBlocks(parsed) ? stringArrays(parsed.rule.conditions).flatMap(blockFindings) : []),
];

const shadowed = (rules: readonly Rule[]): readonly Warning[] => {
  const catchAll = rules.findIndex(({ mode, conditions }) => mode === 'production' && (conditions === undefined || conditions === null));
  const above = rules[catchAll];
  if (above === undefined) return [];
  return rules
    .slice(catchAll + 1)
    .map(({ ruleId }) => ({ code: 'shadowed', ruleId, message: `never reached: \`${above.name}\` before it has no conditions` }));
};

const onlyEmail = (methods: readonly VerificationMethod[] | undefined): boolean =>
  methods !== undefined && methods.length > 0 && methods.every(isEmailMethod);

const configurationWarnings = ({ configuration, rules }: Policy, { emailEnabled }: Deployment): readonly Warning[] => {
  const warnings: Warning[] = [];
  if (configuration.enrollment === 'allow') {
    warnings.push({ code: 'enrollment-allow', message: 'whoever has the password of a user without authenticator can enroll his own' });
  }
  if (configuration.acceptClaimedDevice) {
    warnings.push({ code: 'accept-claimed-device', message: 'a device id that the browser sends counts as proof of the device' });
  }
  if (emailEnabled) return warnings;
  if (configuration.enrollment === 'verified-contact') {
    warnings.push({
      code: 'email-disabled',
      message: 'no e-mail can be sent: users without authenticator cannot prove an address to enroll',
    });
  }
  if (onlyEmail(configuration.verificationMethods)) {
    warnings.push({ code: 'email-disabled', message: 'no e-mail can be sent and the action permits nothing else' });
  }
  for (const { ruleId } of rules.filter(({ verificationMethods }) => onlyEmail(verificationMethods))) {
    warnings.push({ code: 'email-disabled', ruleId, message: 'no e-mail can be sent and the rule permits nothing else' });
  }
  return warnings;
};

const parseRule = (rule: Rule, environment: RuleEnvironment): Parsed | Warning => {
  if (rule.conditions === undefined || rule.conditions === null) return { rule, comparisons: [] };
  try {
    const condition = parseCondition(rule.conditions, environment);
    return { rule, condition, comparisons: comparisonsOf(condition) };
  } catch (error) {
    return { code: 'unreadable', ruleId: rule.ruleId, message: error instanceof Error ? error.message : 'the conditions do not parse' };
  }
};

/** What looks unintended in a policy, by priority of the rules; inactive rules are left alone. */
export const lintPolicy = (policy: Policy, environment: RuleEnvironment, deployment: Deployment): Warning[] => {
  const rules = policy.rules.filter(({ isActive }) => isActive).toSorted((left, right) => left.priority - right.priority);
  const ofRules = rules.flatMap((rule): readonly Warning[] => {
    const parsed = parseRule(rule, environment);
    if ('code' in parsed) return [parsed];
    return ruleFindings(parsed, deployment).map(({ code, message }) => ({ code, ruleId: rule.ruleId, message }));
  });
  return [...configurationWarnings({ ...policy, rules }, deployment), ...shadowed(rules), ...ofRules];
};
