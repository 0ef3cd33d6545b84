import type { Recommendation } from '../decision.ts';
import { riskReasons } from '../risk/evidence.ts';
import type { SignalType, SignalValue, Variable } from './define.ts';

type Part = Variable & { readonly label: string; readonly of: (recommendation: Recommendation) => SignalValue };

const part = (name: string, label: string, type: SignalType, of: Part['of'], options?: readonly string[]): Part => ({
  name,
  label,
  type,
  of,
  ...(options && { options }),
});

/** What rules may read of the recommendation; never unknown. */
export const recommendationParts: readonly Part[] = [
  part('risk.score', 'Risk score, 0 to 100', 'number', ({ score }) => score),
  part('risk.level', 'Risk level', 'string', ({ level }) => level),
  part('risk.reasons', 'Reasons of the risk score', 'strings', ({ reasons }) => reasons, riskReasons),
];
