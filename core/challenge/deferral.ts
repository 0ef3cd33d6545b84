import type { Decided } from '../decide.ts';
import type { Decision } from '../decision.ts';
import type { Instance } from '../instance.ts';
import type { CompiledAction } from '../policy/compiled.ts';

/** The decision that rules an instance: the page's, where the host could not see the browser. */
export const rulingDecision = ({ decision, deferredDecision }: Pick<Instance, 'decision' | 'deferredDecision'>): Decision =>
  deferredDecision ?? decision;

/** Whether a decision over this browser is still to come. Until then nothing is proven or enrolled: it may be a BLOCK. */
export const awaitsBrowser = ({ deferSignals, deferredDecision, state, visit }: Instance): boolean =>
  deferSignals === true && deferredDecision === undefined && state === 'CHALLENGE_REQUIRED' && visit.browserHash === undefined;

/** Whether an ALLOW stands for a browser that the host could not see: it carries no proof, and factors are not changed on it. */
export const isDeferredAllow = ({ deferSignals, state }: Pick<Instance, 'deferSignals' | 'state'>): boolean =>
  deferSignals === true && state === 'ALLOW';

/** The browser that an instance is about: the one that the page decided over, else the one that the host told of. */
export const browserOf = (instance: Instance): { readonly ipAddress?: string; readonly userAgent?: string } =>
  instance.deferredDecision === undefined ? instance : instance.visit;

/**
 * Whether nothing that a browser tells could have changed a decision: a rule made it, and neither that rule nor any before it came out
 * unknown or read the risk model, which takes the unknown for harmless.
 */
export const isSettled = ({ decision, trace }: Decided, { previewRules, riskRules }: CompiledAction): boolean =>
  decision.decidedBy === 'rule' &&
  trace.every(
    ({ ruleId, result, byUnknown }) =>
      previewRules.has(ruleId) ||
      result === 'not-reached' ||
      ((result === 'matched' || result === 'not-matched') && !byUnknown && !riskRules.has(ruleId)),
  );
