import type { State } from './action.ts';
import { canonicalJson } from './canonical.ts';
import { browserOf, rulingDecision } from './challenge/deferral.ts';
import { firstState } from './challenge/transitions.ts';
import type { Decided } from './decide.ts';
import { isWaiting, usableAuthenticators } from './enrolled.ts';
import type { Instance, InstanceProof } from './instance.ts';
import { sameSurroundings } from './learning.ts';
import { acrOf, amrOf } from './policy/assurance.ts';
import type { CompiledAction } from './policy/compiled.ts';
import { freshProof } from './policy/freshness.ts';
import type { VerificationMethod } from './policy/methods.ts';
import type { PolicySet } from './policy/policies.ts';
import type { Prepared } from './prepare.ts';
import type { Ports } from './settings.ts';
import type { Device, User } from './user.ts';

/** A challenge that the server API verified before, reserved for this call. */
export type HandedOver = { readonly method: VerificationMethod; readonly email: string; readonly verifiedAt: number };

/** How the outcome is met at once, if it is. */
export type Met = {
  readonly state: State;
  readonly decidedBy?: 'freshness' | 'review';
  readonly proof?: InstanceProof;
  readonly spent?: Instance;
};

type Around = {
  readonly ports: Ports;
  readonly set: PolicySet;
  readonly compiled: CompiledAction;
  readonly prepared: Prepared;
  readonly displayHash: string;
  readonly now: number;
  readonly handedOver?: HandedOver;
};

/** What was decided about whom, and by what it may be met. */
type Owed = {
  readonly user: User;
  readonly active: readonly VerificationMethod[];
  /** The proven device of the request, if any. */
  readonly device: Device | undefined;
  readonly decision: Decided['decision'];
  readonly permitted: readonly VerificationMethod[];
  readonly usedRisk: boolean;
};

/** The first state: an approval meets a REVIEW; a challenge handed over, or an earlier proof on this device, meets a CHALLENGE. */
export const meet = (around: Around, approvals: readonly Instance[], owed: Owed): Met => {
  const { outcome } = owed.decision;
  const state = firstState[outcome];
  if (outcome === 'BLOCK') return { state };
  if (outcome === 'REVIEW') {
    const spent = approvalFor(around, approvals, owed.decision);
    return spent ? { state: 'ALLOW', decidedBy: 'review', spent } : { state };
  }
  const handed = handedOverProof(around, owed);
  if (handed) return { state: 'CHALLENGE_SUCCEEDED', proof: handed };
  const fresh = outcome === 'CHALLENGE' ? earlierProof(around, owed) : undefined;
  return fresh ? { state: 'ALLOW', decidedBy: 'freshness', proof: fresh } : { state };
};

/**
 * The proof that a handed-over challenge is: to an enrolled address, or to the vouched one of a user who has nothing else, by a
 * permitted method, young enough, and not of data that its message did not show.
 */
const handedOverProof = ({ prepared, handedOver, now }: Around, { user, active, permitted, usedRisk }: Owed): InstanceProof | undefined => {
  const { display = [], context } = prepared.request;
  if (!handedOver || !permitted.includes(handedOver.method) || display.length > 0) return undefined;
  const { method, email, verifiedAt } = handedOver;
  if (context?.maxAge !== undefined && verifiedAt + context.maxAge * 1000 < now) return undefined;
  const usable = usableAuthenticators(user, active);
  const authenticator = usable.find((one) => one.verificationMethod === method && one.email === email);
  if (!authenticator && (usable.length > 0 || user.vouchedEmail !== email || isWaiting(user, now))) return undefined;
  const hostAmr = (context?.authenticationMethods ?? []).map((one) => one.method);
  return {
    method,
    userAuthenticatorId: authenticator?.userAuthenticatorId,
    authTime: verifiedAt,
    onPage: false,
    acr: acrOf(method, context?.requestedAcr),
    amr: amrOf(method, undefined, hostAmr, usedRisk),
  };
};

const earlierProof = ({ prepared: { request }, compiled, now }: Around, { user, device, permitted }: Owed): InstanceProof | undefined => {
  const demand = {
    action: request.action,
    permittedMethods: permitted,
    requestedAcr: request.context?.requestedAcr,
    maxAge: request.context?.maxAge,
    hasDisplay: (request.display?.length ?? 0) > 0,
  };
  const proof = freshProof(user, device, compiled.policy.configuration, demand, now);
  return (
    proof && {
      method: 'DEVICE',
      restsOn: proof.method,
      userAuthenticatorId: proof.userAuthenticatorId,
      authTime: proof.authTime,
      acr: acrOf(proof.method, request.context?.requestedAcr),
      amr: proof.amr,
      onPage: false,
    }
  );
};

/** An approved review of the same thing, not yet used, that this REVIEW can spend. */
export const approvalFor = (
  { ports, set, prepared, displayHash, compiled, now }: Omit<Around, 'handedOver'>,
  approvals: readonly Instance[],
  decision: Decided['decision'],
): Instance | undefined => {
  const volatile = new Set([...set.dataPoints.values()].filter((point) => point.volatile).map((point) => point.name));
  const comparable = (custom: Instance['custom']) =>
    canonicalJson(Object.fromEntries(Object.entries(custom ?? {}).filter(([name]) => !volatile.has(name))));
  const custom = comparable(Object.fromEntries(prepared.custom));
  return approvals.find(
    (one) =>
      one.consumedAt === undefined &&
      one.epoch === set.epoch &&
      rulingDecision(one).ruleId === decision.ruleId &&
      (one.reviewedAt ?? 0) + compiled.policy.configuration.reviewValidFor * 1000 > now &&
      one.displayHash === displayHash &&
      comparable(one.custom) === custom &&
      (one.claimedDeviceHash !== undefined || prepared.deviceHash !== undefined
        ? one.claimedDeviceHash === prepared.deviceHash
        : sameSurroundings(ports, browserOf(one), prepared.request)),
  );
};
