import { canonicalJson } from '../canonical.ts';
import { StepwardError } from '../errors.ts';
import type { Instance } from '../instance.ts';
import type { PolicySet } from '../policy/policies.ts';
import type { Changes } from '../ports/store.ts';
import type { Ports } from '../settings.ts';
import type { ValidateAnswer, ValidateRequest } from '../stepward.ts';
import { configurationOf, usableUntil, usedBy } from './consume.ts';
import { presentState } from './present-state.ts';
import { isProofOf, readToken } from './token-of.ts';

const invalid = (error: NonNullable<ValidateAnswer['error']>): ValidateAnswer => ({ isValid: false, error });

const fields = (instance: Instance, now: number): ValidateAnswer => {
  const { proof } = instance;
  const { state, failureReason } = presentState(instance, now);
  return {
    isValid: false,
    state,
    stateUpdatedAt: new Date(instance.stateUpdatedAt).toISOString(),
    userId: instance.userId,
    action: instance.action,
    actionCode: instance.action,
    idempotencyKey: instance.idempotencyKey,
    ...(proof && { verificationMethod: proof.method, acr: proof.acr, amr: proof.amr }),
    ...(failureReason && { failureReason }),
    ...(instance.origin && { origin: instance.origin }),
  };
};

/**
 * What a token is worth. On an instance without binding the first `isValid: true` is its consume, and the same call repeats it for a
 * few seconds; with one it never consumes. INVARIANT: `isValid: false` never comes with `state: CHALLENGE_SUCCEEDED`.
 */
export const validate = async (ports: Ports, request: ValidateRequest): Promise<ValidateAnswer> => {
  const set = await ports.policies.fresh();
  const now = ports.clock.now();
  const read = readToken(ports, set, request.token, ['track', 'proof', 'return'], now);
  if (!read.ref) return invalid(read.error ?? 'invalid_token');
  const { ref } = read;
  const differs = (given: string | undefined, actual: string) => given !== undefined && given !== actual;
  if (differs(request.action, ref.action) || differs(request.userId, ref.userId) || differs(request.idempotencyKey, ref.idempotencyKey))
    return invalid('mismatch');
  const newDeviceId = ports.random.uuid(now);
  const callHash = ports.secrets.hash('request', canonicalJson(request));
  return ports.store.transact<ValidateAnswer>({
    userId: ref.userId,
    load: { instance: ref },
    run: ({ instance, user }) => {
      if (!instance || !user || instance.epoch !== set.epoch) return { answer: invalid('invalid_token') };
      if (instance.state !== 'CHALLENGE_SUCCEEDED') return { answer: fields(instance, now) };
      if (read.kind === 'track') return { answer: invalid('proof_required') };
      if (!isProofOf(read, instance)) return { answer: invalid('invalid_token') };
      if (instance.consumedAt !== undefined) {
        const repeats = now < (instance.validatedUntil ?? 0) && instance.consumeRequestHash === callHash;
        return { answer: repeats ? { ...fields(instance, now), isValid: true } : invalid('consumed') };
      }
      if (now >= usableUntil(set, instance, now)) return { answer: invalid('expired_token') };
      const answer = { ...fields(instance, now), isValid: true };
      if (instance.bindingHash !== undefined) return { answer };
      const trusted = request.idempotencyKey !== undefined;
      return {
        answer,
        changes: usedByValidate(set, instance, callHash, usedBy(ports, set, user, instance, trusted, newDeviceId, now), now),
      };
    },
  });
};

const usedByValidate = (
  set: PolicySet,
  instance: Instance,
  callHash: string,
  learnt: Pick<Changes, 'user' | 'seen'>,
  now: number,
): Changes => ({
  ...learnt,
  instances: [
    {
      ...instance,
      consumedAt: now,
      consumeRequestHash: callHash,
      learnt: true,
      sealedRecoveryCodes: undefined,
      validatedUntil: now + configurationOf(set, instance.action, now).proofReuseSeconds * 1000,
      timeline: [...instance.timeline, { at: now, event: 'validated' }],
    },
  ],
  events: [
    {
      type: 'action.consumed',
      at: now,
      data: { userId: instance.userId, action: instance.action, idempotencyKey: instance.idempotencyKey, state: instance.state },
    },
  ],
});

/** An instance that must exist, as reads show it. */
export const existing = (instance: Instance | undefined): Instance => {
  if (!instance) throw new StepwardError('not_found', 'no such action instance');
  return instance;
};
