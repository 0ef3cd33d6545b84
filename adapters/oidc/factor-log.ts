import type { VerificationMethod } from '../../core/index.ts';

/** One proof of a factor. Those given since an authorization request began are one event, dated by the last of them. */
export type FactorProof = {
  /** The upstream's sign-in, or the method of a challenge of ours (of a remembered device: the method that it rests on). */
  readonly by: 'upstream' | VerificationMethod;
  /** Milliseconds: when it was given. */
  readonly at: number;
  /** RFC 8176 values of this proof alone; an upstream's only where it is trusted. */
  readonly amr: readonly string[];
  /** Of a challenge: the action instance, as `action/idempotencyKey`. */
  readonly instance?: string;
};

/** What was proven in one session of ours. */
export type FactorLog = {
  readonly accountId: string;
  readonly upstream: string;
  /** The upstream's session. */
  readonly upstreamSid?: string;
  /** Oldest first. */
  readonly proofs: readonly FactorProof[];
  /** Milliseconds: when a request last used the session. */
  readonly usedAt: number;
};
