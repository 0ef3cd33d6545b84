import {
  effectOf,
  type FailurePolicy,
  knownAcrs,
  type OidcClient,
  type Stepward,
  StepwardError,
  type TrackAnswer,
  type TrackRequest,
} from '../../core/index.ts';
import { liftsFor, proofOf } from './assess.ts';
import type { FactorProof } from './factor-log.ts';
import { asksForAcr, type Requested } from './requested.ts';

/** One sign-in or refresh that waits for a decision. */
export type SignIn = {
  readonly client: OidcClient;
  /** Our account, which is the core's user. */
  readonly accountId: string;
  readonly flow: 'interactive' | 'silent' | 'refresh';
  /** What no proof of this session meets. */
  readonly unmet: Requested;
  readonly binding?: string;
  readonly idempotencyKey: string;
  readonly contact?: Pick<TrackRequest, 'email' | 'emailVerified' | 'phoneNumber' | 'phoneNumberVerified' | 'username' | 'locale'>;
  readonly browser?: Pick<TrackRequest, 'ipAddress' | 'userAgent' | 'deviceId'> & { readonly acceptLanguage?: string };
  readonly authenticationMethods?: readonly { readonly method: string; readonly at?: string }[];
};

/** What a host does with the decision. */
export type Decided =
  | { readonly effect: 'proceed'; readonly proof?: FactorProof; readonly usedRisk: boolean }
  | { readonly effect: 'step-up'; readonly c: string }
  /** A challenge is owed where no page can be shown. */
  | { readonly effect: 'interaction-required' }
  | { readonly effect: 'hold'; readonly reference: string }
  | { readonly effect: 'deny'; readonly isBlock: boolean }
  /** What was asked for, nobody or not this user can prove. */
  | { readonly effect: 'out-of-reach' }
  /** The core could not be asked: the client's failure policy answers. */
  | { readonly effect: 'no-decision'; readonly policy: FailurePolicy; readonly cause: unknown };

const actionOf = ({ client, flow }: SignIn): string => (flow === 'refresh' ? client.refreshAction : client.action);

/** Seconds that a person may take over an interaction. */
const longestRound = 600;

/**
 * How old a remembered device's proof may be, in seconds. One that no longer lifts would meet the core and not this session, and the
 * sign-in would be refused, again and again, where a challenge would do.
 */
const maxAgeOf = (unmet: Requested): number | undefined =>
  asksForAcr(unmet) ? Math.min(unmet.maxAge ?? liftsFor, liftsFor - longestRound) : unmet.maxAge;

const requestOf = (signIn: SignIn): TrackRequest => {
  const { client, unmet, browser, contact, flow } = signIn;
  const maxAge = maxAgeOf(unmet);
  const { acceptLanguage, ...seen } = browser ?? {};
  return {
    userId: signIn.accountId,
    action: actionOf(signIn),
    idempotencyKey: signIn.idempotencyKey,
    ...contact,
    ...seen,
    ...(signIn.binding !== undefined && { binding: signIn.binding }),
    context: {
      adapter: 'oidc',
      protocol: 'oidc',
      clientId: client.clientId,
      flow,
      canRedirect: flow === 'interactive',
      ...(asksForAcr(unmet) && { requestedAcr: knownAcrs(unmet.acrs) }),
      ...(maxAge !== undefined && { maxAge }),
      ...(client.challengeExpiresIn !== undefined && { challengeExpiresIn: client.challengeExpiresIn }),
      ...(signIn.authenticationMethods && { authenticationMethods: signIn.authenticationMethods }),
      ...(acceptLanguage !== undefined && { acceptLanguage }),
      ...(seen.deviceId !== undefined && { deviceVouched: true }),
    },
  };
};

/** Nobody could prove what is asked for: no method permitted reaches it, or the user has none and may not enroll one. */
const isOutOfReach = ({ unmet }: SignIn, { allowedVerificationMethods, canEnroll }: TrackAnswer): boolean =>
  asksForAcr(unmet) && (allowedVerificationMethods.length === 0 || !canEnroll);

/** Whether an error means that the core could not answer, and not that it refuses what was asked. */
export const isUnavailable = (error: unknown): boolean =>
  !(error instanceof StepwardError) || error.code === 'unavailable' || error.code === 'internal_error';

/** Asks the core, in process and once, what to do with this sign-in. */
export const decideSignIn = async (track: Stepward['track'], signIn: SignIn): Promise<Decided> => {
  const { client, flow } = signIn;
  let answer: TrackAnswer;
  try {
    ({ answer } = await track(requestOf(signIn)));
  } catch (cause) {
    return { effect: 'no-decision', policy: isUnavailable(cause) ? client.failurePolicy : 'deny', cause };
  }
  const state = answer.state === 'REVIEW' ? 'REVIEW_REQUIRED' : answer.state;
  const effect = effectOf(state, { canRedirect: flow === 'interactive' });
  if (effect === 'proceed') {
    const usedRisk = answer.decidedBy === 'recommendation' || (answer.amr?.includes('rba') ?? false);
    return { effect, proof: proofOf(answer, `${actionOf(signIn)}/${answer.idempotencyKey}`), usedRisk };
  }
  if (state === 'CHALLENGE_REQUIRED') {
    if (isOutOfReach(signIn, answer)) return { effect: 'out-of-reach' };
    const c = new URL(answer.url).searchParams.get('c');
    return effect === 'step-up' && c !== null ? { effect, c } : { effect: 'interaction-required' };
  }
  if (effect === 'hold') return { effect, reference: answer.idempotencyKey };
  return { effect: 'deny', isBlock: state === 'BLOCK' };
};

/** How a finished challenge was used. */
export type Used =
  | { readonly effect: 'proceed'; readonly proof?: FactorProof; readonly usedRisk: boolean }
  | { readonly effect: 'deny'; readonly isBlock: boolean }
  | { readonly effect: 'unmet' }
  /** Under every failure policy: not now. */
  | { readonly effect: 'no-answer'; readonly cause: unknown };

/** Uses a challenge, once; `requested` is what it must have proven, its `maxAge` counted from now. */
export const useChallenge = async (
  consume: Stepward['consume'],
  client: OidcClient,
  accountId: string,
  owed: { readonly idempotencyKey: string; readonly binding: string; readonly ticket?: string; readonly consumeKey: string },
  requested: Requested,
): Promise<Used> => {
  const { idempotencyKey, binding, ticket, consumeKey } = owed;
  try {
    const answer = await consume(
      { userId: accountId, action: client.action, idempotencyKey },
      {
        binding,
        consumeKey,
        ...(ticket !== undefined && { ticket }),
        ...(asksForAcr(requested) && { requiredAcr: requested.acrs }),
        ...(requested.maxAge !== undefined && { maxAge: requested.maxAge }),
      },
    );
    return {
      effect: 'proceed',
      proof: proofOf(answer, `${client.action}/${idempotencyKey}`),
      usedRisk: answer.amr?.includes('rba') ?? false,
    };
  } catch (cause) {
    if (isUnavailable(cause)) return { effect: 'no-answer', cause };
    const { code } = cause as StepwardError;
    if (code === 'assurance_unmet') return { effect: 'unmet' };
    return { effect: 'deny', isBlock: code === 'blocked' };
  }
};
