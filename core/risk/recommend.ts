import type { Outcome } from '../action.ts';
import type { Recommendation, RiskLevel } from '../decision.ts';
import { type Evidence, evidence, type Read } from './evidence.ts';

/** What a deployment may set of the risk model; thresholds are scores, unset: never. */
export type RiskSettings = {
  /** Prior log-odds of fraud; -2.9 is 5 %. */
  readonly bias?: number;
  /** From this score on. */
  readonly reviewFrom?: number;
  readonly blockFrom?: number;
  /** Below this score, on a remembered device. */
  readonly trustBelow?: number;
};

export const defaultBias = -2.9;
const mediumFrom = 30;
const highFrom = 85;

/** Score of log-odds: 0 to 100, one decimal. */
const scoreOf = (logOdds: number): number => Math.round(1_000 / (1 + Math.exp(-logOdds))) / 10;

const levelOf = (score: number): RiskLevel => {
  if (score < mediumFrom) return 'low';
  return score < highFrom ? 'medium' : 'high';
};

/** The evidence that counts: all that holds, of each group the largest. */
const counting = (read: Read): readonly Evidence[] => {
  const counted: Evidence[] = [];
  for (const row of evidence) {
    if (!row.holds(read)) continue;
    const rival = row.group === undefined ? -1 : counted.findIndex(({ group }) => group === row.group);
    const before = counted[rival];
    if (before === undefined) counted.push(row);
    else if (row.weight > before.weight) counted[rival] = row;
  }
  return counted;
};

/** What raises the risk, by size, then what lowers it, by size; equals by name. */
const byWeight = (left: Evidence, right: Evidence): number => {
  if (left.weight > 0 !== right.weight > 0) return left.weight > 0 ? -1 : 1;
  const size = Math.abs(right.weight) - Math.abs(left.weight);
  if (size !== 0) return size;
  return left.reason < right.reason ? -1 : Number(left.reason > right.reason);
};

const outcomeOf = (read: Read, score: number, level: RiskLevel, settings: RiskSettings): Outcome => {
  if (settings.blockFrom !== undefined && score >= settings.blockFrom) return 'BLOCK';
  if (settings.reviewFrom !== undefined && score >= settings.reviewFrom) return 'REVIEW';
  const isTrusted = read('device.isRemembered') === true && read('device.isNew') === false;
  if (settings.trustBelow !== undefined && score < settings.trustBelow && isTrusted) return 'TRUST';
  return level === 'low' ? 'ALLOW' : 'CHALLENGE';
};

/** What the risk model would do, and why: evidence added up in log-odds (signals-and-risk §8.2). */
export const recommend = (read: Read, settings: RiskSettings = {}): Recommendation => {
  const counted = counting(read).toSorted(byWeight);
  const logOdds = counted.reduce((sum, { weight }) => sum + weight, settings.bias ?? defaultBias);
  const score = scoreOf(logOdds);
  const level = levelOf(score);
  return {
    outcome: outcomeOf(read, score, level, settings),
    score,
    level,
    reasons: counted.map(({ reason }) => reason),
    contributions: counted.map(({ reason, weight }) => ({ reason, logOdds: weight, scoreWithout: scoreOf(logOdds - weight) })),
  };
};
