import {
  type Acr,
  amrFactor,
  type ConsumeAnswer,
  type Factor,
  isAmrValue,
  isEmailMethod,
  knownAcrs,
  type MethodFacts,
  methodFacts,
  methodReaches,
  type TrackAnswer,
} from '../../core/index.ts';
import { awakeSince, type FactorLog, type FactorProof, isSince, lastSeen } from './factor-log.ts';

/** Seconds: for so long a second factor lifts (NIST SP 800-63B-4, AAL2). The sign-in itself lives as long as its session. */
export const liftsFor = 86_400;
/** Milliseconds: the clocks of two nodes differ by less. What is dated later was proven before the clock was set back, and counts for nothing. */
const skew = 60_000;

export type Ask = {
  /** acr values in order of preference; those that are unknown are as if they were not there. */
  readonly requested?: readonly string[];
  /** The values come from an essential claim: where all of them are unknown, they are unmet. */
  readonly essential?: boolean;
  /** Seconds. */
  readonly maxAge?: number;
  /** Milliseconds: when the authorization request began. */
  readonly beganAt: number;
  /** Milliseconds. */
  readonly now: number;
  /** Risk took part in the decision about this request. */
  readonly usedRisk?: boolean;
  /** False: the operator says that a proven mailbox lifts as another second factor does. */
  readonly strictEmail?: boolean;
};

/**
 * Not `met`: what was asked for was not proven. `acr` is then what was reached; absent, not even a sign-in counts. `authTime` in Unix
 * seconds.
 */
export type Assessment =
  | { readonly met: true; readonly acr: Acr; readonly amr: readonly string[]; readonly authTime: number }
  | { readonly met: false; readonly acr?: Acr; readonly amr: readonly string[]; readonly authTime?: number };

/** A proof that counts for this request. */
type Counted = {
  readonly proof: FactorProof;
  /** Milliseconds: of the event that it is part of. */
  readonly date: number;
  /** Young enough to lift. A sign-in that is not remains a first factor. */
  readonly lifts: boolean;
  readonly factors: ReadonlySet<Factor>;
  /** Two factors in one, as a passkey is. */
  readonly isMultiFactor: boolean;
};

const isPasskey = ({ by }: FactorProof): boolean => by !== 'upstream' && (methodFacts[by] as MethodFacts).verifiesUser;

const count = (log: FactorLog, { maxAge, beganAt, now }: Ask): readonly Counted[] => {
  const awake = awakeSince(log, beganAt);
  const dated = log.proofs.filter(({ at }) => at <= now + skew);
  const latest = Math.max(...dated.map(({ at }) => at));
  return dated.flatMap((proof) => {
    const { by, at, amr } = proof;
    const event = isSince(at, beganAt) ? latest : (proof.dated ?? at);
    // the event of another tab's request goes on, but what it was given before this request began stays older than it
    const date = Math.min(now, !isSince(at, beganAt) && isSince(event, beganAt) ? at : event);
    if (maxAge !== undefined && !isSince(date, beganAt - maxAge * 1000)) return [];
    const lifts = at > now - liftsFor * 1000 && lastSeen(proof) >= awake;
    if (by !== 'upstream') {
      return lifts ? [{ proof, date, lifts, factors: new Set<Factor>(['have']), isMultiFactor: isPasskey(proof) }] : [];
    }
    const factors = new Set(amr.flatMap((value) => amrFactor(value) ?? []));
    return [{ proof, date, lifts, factors, isMultiFactor: factors.size > 1 || amr.includes('mfa') }];
  });
};

/** Whether a second proof is of another factor than the sign-in, which is one of knowledge unless a trusted upstream says otherwise. */
const adds = (signIn: Counted, second: Counted): boolean =>
  signIn.isMultiFactor || signIn.factors.size === 0 || [...second.factors].some((factor) => !signIn.factors.has(factor));

const isSecondFactor = ({ by }: FactorProof, strictEmail: boolean): boolean =>
  by !== 'upstream' && (methodReaches(by, 'urn:stepward:aal2') || (!strictEmail && isEmailMethod(by)));

/** For each acr, the ways in which it was reached, each as the date of the oldest event that it needs. */
const waysTo = (counted: readonly Counted[], strictEmail: boolean): Readonly<Record<Acr, readonly number[]>> => {
  const signIns = counted.filter(({ proof }) => proof.by === 'upstream');
  const passkeys = counted.filter(({ proof }) => isPasskey(proof));
  const dates = (all: readonly Counted[]) => all.map(({ date }) => date);
  // a second factor alone signs nobody in
  const pairs = (fits: (second: Counted, signIn: Counted) => boolean) =>
    signIns.flatMap((signIn) => counted.filter((one) => fits(one, signIn)).map((one) => Math.min(signIn.date, one.date)));
  return {
    'urn:stepward:aal1': dates([...signIns, ...passkeys]),
    'urn:stepward:aal2': [
      ...dates(counted.filter((one) => one.isMultiFactor && one.lifts)),
      ...pairs((second, signIn) => isSecondFactor(second.proof, strictEmail) && adds(signIn, second)),
    ],
    phr: [...dates(passkeys), ...pairs(({ proof }) => proof.by !== 'upstream' && methodReaches(proof.by, 'phr'))],
    // both need attestation
    'urn:stepward:aal3': [],
    phrh: [],
  };
};

/** The RFC 8176 values of what counts: `mfa` only where its parts are seen here, `rba` where risk took part. */
const amrOf = (counted: readonly Counted[], usedRisk: boolean): readonly string[] => {
  const proven = counted.map((one) => {
    const own = one.proof.amr.filter((value) => isAmrValue(value) && value !== 'mfa');
    if (!one.isMultiFactor) return { own, factors: [...one.factors], mfa: false };
    if (one.lifts) return { own, factors: [...one.factors], mfa: true };
    // its second factor counts no more
    const known = own.filter((value) => amrFactor(value) === 'know');
    return { own: known, factors: known.length > 0 ? (['know'] as const) : [], mfa: false };
  });
  const values = new Set(proven.flatMap(({ own }) => own));
  if (proven.some(({ mfa }) => mfa) || new Set(proven.flatMap(({ factors }) => factors)).size > 1) values.add('mfa');
  if (usedRisk) values.add('rba');
  return [...values].toSorted();
};

/**
 * What a session has proven, for one authorization request: the first requested acr that is met, else the highest level reached.
 * `authTime` is that of the oldest event that this acr needs: by the newest, a stolen session and a password would renew an old second factor.
 */
export const assess = (log: FactorLog, ask: Ask): Assessment => {
  const counted = count(log, ask);
  const ways = waysTo(counted, ask.strictEmail ?? true);
  const isReached = (acr: Acr) => ways[acr].length > 0;
  const known = knownAcrs(ask.requested);
  const first = known.find(isReached);
  const acr = first ?? (['urn:stepward:aal2', 'urn:stepward:aal1'] as const).find(isReached);
  if (!acr) return { met: false, amr: [] };
  const onlyUnknown = known.length === 0 && (ask.requested ?? []).length > 0;
  return {
    met: known.length > 0 ? first !== undefined : !(ask.essential && onlyUnknown),
    acr,
    amr: amrOf(counted, ask.usedRisk ?? false),
    authTime: Math.floor(Math.max(...ways[acr]) / 1000),
  };
};

/** The proof that an answer of the core carries; of a remembered device, the one that it rests on, with that one's time. */
export const proofOf = (
  answer: Pick<TrackAnswer | ConsumeAnswer, 'verificationMethod' | 'restsOn' | 'amr' | 'authTime'>,
  instance: string,
): FactorProof | undefined => {
  const { verificationMethod, restsOn, amr = [], authTime } = answer;
  const by = verificationMethod === 'DEVICE' ? restsOn : verificationMethod;
  return by && authTime !== undefined ? { by, at: Date.parse(authTime), amr, instance } : undefined;
};
