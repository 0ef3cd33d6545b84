import { rulingDecision } from '../challenge/deferral.ts';
import type { Instance } from '../instance.ts';
import type { RuleDay } from '../ports/store.ts';
import { policyOf } from './policy-change.ts';
import type { ManagementPorts } from './ports.ts';
import { dayOf } from './rule-figures.ts';

const sampled = 200;
const shownSamples = 10;

const counted = ['evaluated', 'matched', 'unknown', 'errors', 'decidesAlone', 'wins', 'changes', 'users'] as const;
type Counts = Readonly<Record<(typeof counted)[number], number>>;

export type PreviewSample = {
  readonly userId: string;
  readonly idempotencyKey: string;
  readonly createdAt: string;
  readonly live: string;
  readonly preview: string;
};

/** What a rule in preview would have done. `users` are counted once a day. */
export type PreviewImpact = Counts & {
  readonly ruleId: string;
  readonly name: string;
  readonly perDay: readonly ({ readonly day: string } & Counts)[];
  readonly sample: readonly PreviewSample[];
};

const countsOf = (days: readonly RuleDay[]): Counts =>
  Object.fromEntries(counted.map((key) => [key, days.reduce((sum, day) => sum + day[key], 0)])) as Counts;

const samplesOf = (instances: readonly Instance[], ruleId: string): readonly PreviewSample[] =>
  instances
    .flatMap((instance) => {
      const { userId, idempotencyKey, createdAt } = instance;
      const decision = rulingDecision(instance);
      const match = decision.previewMatches.find((preview) => preview.ruleId === ruleId);
      return match
        ? [{ userId, idempotencyKey, createdAt: new Date(createdAt).toISOString(), live: decision.outcome, preview: match.outcome }]
        : [];
    })
    .slice(0, shownSamples);

/** Figures and newest samples of each rule in preview, by priority; whole UTC days of `from` to `to`. */
export const previewImpact = async (
  { policies, store }: ManagementPorts,
  action: string,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<readonly PreviewImpact[]> => {
  const policy = policyOf(await policies.fresh(), action);
  const [days, instances] = await Promise.all([
    store.ruleDays({ action, fromDay: dayOf(from), toDay: dayOf(to) }),
    store.instances({ action, from, to, order: 'newest', limit: sampled }),
  ]);
  return policy.rules
    .filter(({ mode }) => mode === 'preview')
    .map(({ ruleId, name }) => {
      const own = days.filter((day) => day.ruleId === ruleId).toSorted((left, right) => (left.day < right.day ? -1 : 1));
      return {
        ruleId,
        name,
        ...countsOf(own),
        perDay: own.map((day) => ({ day: day.day, ...countsOf([day]) })),
        sample: samplesOf(instances, ruleId),
      };
    });
};
