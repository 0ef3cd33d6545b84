import type { InstanceRef, State } from '../action.ts';
import { canonicalJson } from '../canonical.ts';
import { type ErrorCode, StepwardError } from '../errors.ts';
import type { Instance, InstanceProof } from '../instance.ts';
import { learnAtConsume } from '../learning.ts';
import { knownAcrs, methodReaches } from '../policy/assurance.ts';
import { defaultConfiguration } from '../policy/defaults.ts';
import type { PolicySet } from '../policy/policies.ts';
import type { Changes } from '../ports/store.ts';
import type { Ports } from '../settings.ts';
import type { ConsumeAnswer, ConsumeRequest } from '../stepward.ts';
import { ticketOf } from '../tokens.ts';
import type { User } from '../user.ts';
import { presentState } from './present-state.ts';
import { isProofOf, readToken } from './token-of.ts';

/** A lost answer can be asked for again for so long. */
const repeatable = 60_000;
/** How often a consume is taken anew because the settings changed under it. */
const attempts = 10;

const refusals: Readonly<Partial<Record<State, { readonly code: ErrorCode; readonly message: string }>>> = {
  CHALLENGE_REQUIRED: { code: 'challenge_pending', message: 'the challenge is not finished yet' },
  CHALLENGE_FAILED: { code: 'challenge_failed', message: 'the challenge failed or was cancelled' },
  REVIEW_REQUIRED: { code: 'under_review', message: 'a person has to review this action first' },
  REVIEW_FAILED: { code: 'blocked', message: 'this action is blocked' },
  BLOCK: { code: 'blocked', message: 'this action is blocked' },
};

/** Settings of an action; the defaults where it has gone since. */
export const configurationOf = (set: PolicySet, action: string, now: number) =>
  set.actions.get(action)?.configuration ?? defaultConfiguration(action, set.tenant.defaultOutcome, now);

/** Until when (milliseconds) what stands now can be used. */
export const usableUntil = (set: PolicySet, instance: Instance, now: number): number => {
  const { consumeWithin, reviewValidFor } = configurationOf(set, instance.action, now);
  if (instance.epoch !== set.epoch) return 0;
  if (instance.state === 'REVIEW_SUCCEEDED') return (instance.reviewedAt ?? 0) + reviewValidFor * 1000;
  if (instance.state === 'CHALLENGE_SUCCEEDED') return (instance.finishedAt ?? 0) + consumeWithin * 1000;
  // an ALLOW that the page decided stands from then on
  if (instance.state === 'ALLOW') return (instance.finishedAt ?? instance.createdAt) + consumeWithin * 1000;
  return instance.state === 'CHALLENGE_REQUIRED' ? instance.expiresAt : Number.POSITIVE_INFINITY;
};

/** Whether a proof meets what is required; the time counts from when it was given. */
export const proofMeets = (
  proof: InstanceProof | undefined,
  required: { readonly acr?: readonly string[]; readonly maxAge?: number },
  now: number,
): boolean => {
  const acrs = knownAcrs(required.acr);
  if (acrs.length === 0 && required.maxAge === undefined) return true;
  if (!proof) return false;
  const method = proof.method === 'DEVICE' ? proof.restsOn : proof.method;
  if (acrs.length > 0 && !(method && acrs.some((acr) => methodReaches(method, acr)))) return false;
  return required.maxAge === undefined || proof.authTime + required.maxAge * 1000 >= now;
};

/** The user and the counts after an instance was used: history learns, once. */
export const usedBy = (
  ports: Ports,
  set: PolicySet,
  user: User,
  instance: Instance,
  trusted: boolean,
  newDeviceId: string,
  now: number,
): Pick<Changes, 'user' | 'seen'> => {
  const learnt = learnAtConsume(ports, user, instance, configurationOf(set, instance.action, now), trusted, newDeviceId, now);
  const { claimedDeviceHash: hash } = instance;
  const believed =
    learnt !== user &&
    hash !== undefined &&
    learnt.devices.some(
      (device) => device.lastSuccessAt === now && (device.claimedHashes.includes(hash) || device.vouchedHashes.includes(hash)),
    );
  return { user: learnt, ...(believed && { seen: [{ key: `du:${hash}`, subject: ports.secrets.hash('seen', user.userId), at: now }] }) };
};

/** The single use of a finished challenge by the enforcement point. Only a returned answer means proceed. */
export const consume = async (ports: Ports, ref: InstanceRef, request: ConsumeRequest): Promise<ConsumeAnswer> => {
  let set = await ports.policies.current();
  for (let attempt = 0; attempt < attempts; attempt++) {
    const consumed = await consumeOnce(ports, set, ref, request);
    if (consumed !== 'stale') return consumed;
    // a restored backup must be dead on a node that has not heard of it yet
    set = await ports.policies.fresh();
  }
  throw new StepwardError('unavailable', 'the settings keep changing, try again', { retryAfter: 1 });
};

const consumeOnce = async (ports: Ports, set: PolicySet, ref: InstanceRef, request: ConsumeRequest): Promise<ConsumeAnswer | 'stale'> => {
  const { secrets } = ports;
  const now = ports.clock.now();
  const refuse = (code: ErrorCode, message: string, instance: Instance): never => {
    throw new StepwardError(code, message, { state: presentState(instance, now).state });
  };
  const newDeviceId = ports.random.uuid(now);
  const bindingHash = request.binding === undefined ? undefined : secrets.hash('binding', request.binding);
  const consumeKeyHash = request.consumeKey === undefined ? undefined : secrets.hash('consume', request.consumeKey);
  const consumeRequestHash = secrets.hash('request', canonicalJson(request));
  const carried = request.token === undefined ? undefined : readToken(ports, set, request.token, ['return', 'proof'], now);

  return ports.store.transact<ConsumeAnswer | 'stale'>({
    userId: ref.userId,
    load: { instance: ref },
    run: ({ instance, user, revision }) => {
      if (revision !== set.revision) return { answer: 'stale' };
      if (!instance || !user) throw new StepwardError('not_found', 'no such action instance');
      if (instance.bindingHash !== bindingHash)
        refuse('binding_mismatch', '`binding` is not the one this action instance was tracked with', instance);
      if (instance.consumedAt !== undefined) {
        const repeats =
          consumeKeyHash !== undefined && instance.consumeKeyHash === consumeKeyHash && instance.consumeRequestHash === consumeRequestHash;
        // who was blocked meanwhile is not let in by the answer of before
        if (repeats && instance.state === 'BLOCK') refuse('blocked', 'this action is blocked', instance);
        if (repeats && instance.epoch === set.epoch && now < instance.consumedAt + repeatable)
          return { answer: instance.consumeAnswer as ConsumeAnswer };
        refuse('already_consumed', 'this action instance was consumed before', instance);
      }
      if (now >= usableUntil(set, instance, now)) refuse('challenge_expired', 'the time of this action instance has passed', instance);
      const refusal = refusals[instance.state];
      if (refusal) refuse(refusal.code, refusal.message, instance);
      if (!carriesProof(ports, instance, request, carried))
        refuse('ticket_mismatch', '`ticket` or `token` is not the one given to the browser that finished', instance);
      if (!proofMeets(instance.proof, { acr: request.requiredAcr, maxAge: request.maxAge }, now))
        refuse('assurance_unmet', 'the proof is weaker or older than required', instance);

      const answer = consumeAnswer(instance, now);
      const { user: learnt, seen } = usedBy(ports, set, user, instance, instance.bindingHash !== undefined, newDeviceId, now);
      const consumed: Instance = {
        ...instance,
        consumedAt: now,
        consumeKeyHash,
        consumeRequestHash,
        consumeAnswer: answer,
        learnt: true,
        sealedRecoveryCodes: undefined,
        timeline: [...instance.timeline, { at: now, event: 'consumed' }],
      };
      const event = {
        type: 'action.consumed',
        at: now,
        data: { userId: instance.userId, action: instance.action, idempotencyKey: instance.idempotencyKey, state: instance.state },
      };
      return { answer, changes: { user: learnt, instances: [consumed], seen, events: [event] } };
    },
  });
};

/** What was finished on the page needs the ticket or a proof of its browser; elsewhere they are checked if given. */
const carriesProof = (
  ports: Ports,
  instance: Instance,
  { ticket, token }: ConsumeRequest,
  carried: ReturnType<typeof readToken> | undefined,
): boolean => {
  const ticketFits = ticket !== undefined && instance.finishedAt !== undefined && ports.secrets.equal(ticket, ticketOf(ports, instance));
  const tokenFits =
    carried?.ref !== undefined &&
    isProofOf(carried, instance) &&
    carried.ref.userId === instance.userId &&
    carried.ref.action === instance.action &&
    carried.ref.idempotencyKey === instance.idempotencyKey;
  if ((ticket !== undefined && !ticketFits) || (token !== undefined && !tokenFits)) return false;
  return !needsTicket(instance) || ticketFits || tokenFits;
};

/** Whether an instance is used by the one browser that finished it, or that the page decided over; a binding alone is held by others too. */
const needsTicket = ({ state, proof, deferredDecision }: Instance): boolean =>
  deferredDecision !== undefined || (state === 'CHALLENGE_SUCCEEDED' && proof?.onPage === true);

const consumeAnswer = (instance: Instance, now: number): ConsumeAnswer => {
  const { proof } = instance;
  return {
    consumed: true,
    state: instance.state,
    userId: instance.userId,
    action: instance.action,
    idempotencyKey: instance.idempotencyKey,
    ...(proof && {
      verificationMethod: proof.method,
      restsOn: proof.restsOn,
      userAuthenticatorId: proof.userAuthenticatorId,
      acr: proof.acr,
      amr: proof.amr,
      authTime: new Date(proof.authTime).toISOString(),
    }),
    consumedAt: new Date(now).toISOString(),
  };
};
