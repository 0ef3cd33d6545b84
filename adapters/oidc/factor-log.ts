import type { VerificationMethod } from '../../core/index.ts';

/** One proof of a factor. */
export type FactorProof = {
  /** The upstream's sign-in, or the method of a challenge of ours (of a remembered device: the method that it rests on). */
  readonly by: 'upstream' | VerificationMethod;
  /** Milliseconds: when it was given. */
  readonly at: number;
  /** RFC 8176 values of this proof alone; an upstream's only where it is trusted. */
  readonly amr: readonly string[];
  /** Of a challenge: the action instance, as `action/idempotencyKey`. */
  readonly instance?: string;
  /** Milliseconds: when the authorization request began that brought it here. */
  readonly taken?: number;
  /** Milliseconds: the last proof given in that request. What is given in one request is one event. */
  readonly dated?: number;
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
  /** Milliseconds: the end of its last pause that was too long. What was proven before lifts nothing any more. */
  readonly awakeSince?: number;
};

/** Milliseconds: a pause after which a second factor no longer counts (NIST SP 800-63B-4, AAL2). */
const longestPause = 3_600_000;

const second = (at: number): number => Math.floor(at / 1000);

/** Whether a proof was given since `began`; in whole seconds, as an upstream's `auth_time` is. */
export const isSince = (at: number, began: number): boolean => second(at) >= second(began);

/** Since when a session that a request uses, begun at `beganAt`, has been used without too long a pause. A proof is use. */
export const awakeSince = (log: FactorLog, beganAt: number): number => {
  const uses = log.proofs.map(lastSeen).filter((at) => at > log.usedAt && at <= beganAt);
  let since = log.awakeSince ?? 0;
  let last = log.usedAt;
  for (const at of [...uses.toSorted((a, b) => a - b), beganAt]) {
    if (at - last > longestPause) since = Math.max(since, at);
    last = Math.max(last, at);
  }
  return since;
};

/** When a proof was given, or brought here by a device that remembers it. */
export const lastSeen = ({ at, taken }: FactorProof): number => Math.max(at, taken ?? at);

/** The log after a request has used the session that began at `beganAt` (milliseconds). A pause that is over remains one. */
export const withUse = (log: FactorLog, beganAt: number): FactorLog => ({
  ...log,
  awakeSince: awakeSince(log, beganAt),
  usedAt: Math.max(log.usedAt, beganAt),
});

const kind = ({ by, amr }: FactorProof): string => [by, ...amr.toSorted()].join(' ');

/**
 * The log with one more proof, given in the authorization request that began at `beganAt` (milliseconds). The same one again changes
 * nothing. It takes the place of those that it is worth in every respect, so that a log does not grow with every login.
 */
export const withProof = (log: FactorLog, given: FactorProof, beganAt: number): FactorLog => {
  const proof = { ...given, taken: beganAt };
  const kept = log.proofs.filter((one) => kind(one) !== kind(proof) || (one.dated ?? one.at) > proof.at || lastSeen(one) > lastSeen(proof));
  const isOfEvent = ({ taken, at }: FactorProof) => taken === beganAt && isSince(at, beganAt);
  const proofs = [...kept, proof];
  const dated = Math.max(...proofs.filter(isOfEvent).map((one) => one.dated ?? one.at));
  return { ...log, proofs: proofs.map((one) => (isOfEvent(one) ? { ...one, dated } : one)).toSorted((a, b) => a.at - b.at) };
};
