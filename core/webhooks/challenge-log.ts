import type { Instance } from '../instance.ts';
import type { PolicySet } from '../policy/policies.ts';
import type { Event } from '../ports/store.ts';
import { isWanted } from './webhook.ts';

type Detail = { readonly challengeId?: string; readonly verificationMethod?: string };

/**
 * The record of a step of a challenge (`EMAIL_OTP_SENT`, `PASSKEY_VERIFIED`, `CHALLENGE_FAILED`), as the instance stands after it;
 * none where no webhook wants it.
 */
export const challengeLogged = (
  set: Pick<PolicySet, 'webhooks'>,
  { userId, action, idempotencyKey, outcome, state, decision }: Instance,
  type: string,
  at: number,
  detail: Detail = {},
): readonly Event[] => {
  if (!isWanted(set, 'challenge.log_created')) return [];
  const rules = { rules: decision.ruleIds, priorityRuleId: decision.ruleId };
  const record = { userId, actionCode: action, idempotencyKey, ...detail, outcome, state, ...rules, createdAt: new Date(at).toISOString() };
  return [{ type: 'challenge.log_created', at, data: { type, record } }];
};

/** The same for a challenge of the server API, which has no decision. */
export const serverChallengeLogged = (
  set: Pick<PolicySet, 'webhooks'>,
  {
    userId,
    action,
    idempotencyKey,
    challengeId,
  }: { readonly userId?: string; readonly action: string; readonly idempotencyKey: string; readonly challengeId: string },
  type: string,
  at: number,
): readonly Event[] => {
  if (!isWanted(set, 'challenge.log_created')) return [];
  const record = {
    userId,
    actionCode: action,
    idempotencyKey,
    challengeId,
    verificationMethod: 'EMAIL_OTP',
    createdAt: new Date(at).toISOString(),
  };
  return [{ type: 'challenge.log_created', at, data: { type, record } }];
};
