import type { ActionConfiguration } from '../action.ts';
import type { Device, Proof, User } from '../user.ts';
import { knownAcrs, methodReaches } from './assurance.ts';
import type { VerificationMethod } from './methods.ts';

/** What a challenge that might already be met asks for. */
export type FreshnessDemand = {
  readonly action: string;
  readonly permittedMethods: readonly VerificationMethod[];
  readonly requestedAcr?: readonly string[];
  /** Seconds; only ever narrows. */
  readonly maxAge?: number;
  /** What is being approved is new each time: nothing earlier can have proven it. */
  readonly hasDisplay: boolean;
};

/**
 * The proof, given earlier by this user on this proven device, that still meets a challenge. Counted from the time of that proof; a
 * factor change, an invalidated device, "this was not me" or a BLOCK since then void it.
 */
export const freshProof = (
  user: User,
  device: Device | undefined,
  configuration: ActionConfiguration,
  demand: FreshnessDemand,
  now: number,
): Proof | undefined => {
  if (!device || device.invalidatedAt !== undefined || demand.hasDisplay) return undefined;
  const remembered = configuration.rememberDevice.enabled && (device.rememberedUntil ?? 0) > now;
  const seconds = Math.min(
    remembered ? configuration.rememberDevice.days * 86_400 : configuration.challengeValidFor,
    demand.maxAge ?? Number.POSITIVE_INFINITY,
  );
  if (seconds <= 0) return undefined;
  const actions = [demand.action, ...configuration.acceptsProofOf];
  const acrs = knownAcrs(demand.requestedAcr);
  return device.proofs
    .filter(
      (proof) =>
        actions.includes(proof.action) &&
        proof.authTime > now - seconds * 1000 &&
        proof.authTime >= user.proofsVoidBefore &&
        demand.permittedMethods.includes(proof.method) &&
        (acrs.length === 0 || acrs.some((acr) => methodReaches(proof.method, acr))),
    )
    .at(-1);
};
