import { type Authsignal, UserActionState } from '@authsignal/node';
import type { Pending } from './sessions.ts';

/** The part of the SDK that this application calls. */
export type Sdk = Pick<Authsignal, 'track' | 'validateChallenge' | 'updateUser'>;

/** What the application may do now. Only `proceed` lets it. */
export type Effect =
  | { readonly effect: 'proceed' }
  | { readonly effect: 'challenge'; readonly url: string; readonly idempotencyKey: string }
  | { readonly effect: 'hold'; readonly reference: string }
  | { readonly effect: 'deny' };

/** What is asked: who does what, and from where. */
export type Question = {
  readonly userId: string;
  readonly action: string;
  readonly email: string;
  readonly redirectUrl: string;
  readonly ipAddress: string;
  readonly userAgent: string | undefined;
  readonly deviceId: string;
  readonly custom?: Readonly<Record<string, number>>;
  /** What the user approves, shown on the page of the challenge and bound to the proof. Not in the SDK's types. */
  readonly display?: readonly object[];
};

/** Asks for a decision, and reads it so that anything unexpected is a denial. */
export const ask = async (authsignal: Sdk, { userId, action, ...attributes }: Question): Promise<Effect> => {
  const result = await authsignal.track({ userId, action, attributes });
  const { idempotencyKey } = result;
  switch (result.state as string) {
    case UserActionState.ALLOW:
      return { effect: 'proceed' };
    case UserActionState.CHALLENGE_REQUIRED:
      return { effect: 'challenge', url: result.url, idempotencyKey };
    case UserActionState.REVIEW_REQUIRED:
    case 'REVIEW':
      return { effect: 'hold', reference: idempotencyKey };
    case UserActionState.BLOCK:
      return { effect: 'deny' };
    default:
      return { effect: 'deny' };
  }
};

/**
 * Whether the browser that came back with `token` has finished the challenge that this session waits for. The key
 * comes from the session: a token of another challenge, or one that was used, is no proof.
 */
export const isProven = async (authsignal: Sdk, { userId, action, idempotencyKey }: Pending, token: string): Promise<boolean> => {
  const request = { token, action, userId, idempotencyKey };
  const result = await authsignal.validateChallenge(request);
  return result.isValid && result.userId === userId && result.action === action && result.idempotencyKey === idempotencyKey;
};
