import { membersOf } from './values.ts';

/** What Create says of each of its challenges: a history without it is not ours. */
export const challengeMetadata = 'stepward:1';

export type VectorRules = {
  /** Challenges that one sign-in may take. */
  readonly maxRounds: number;
  /** Whether a factor of Cognito's own may stand right after the password. */
  readonly hostMfa: boolean;
};

/** What comes next in a sign-in. */
export type Next = 'password' | 'challenge' | 'tokens' | 'fail';

/** A step of a history, as one word; anything that is not exactly known is `other`. */
type Step = 'srp' | 'password' | 'mfa' | 'failed' | 'passed' | 'other';

const proven: Readonly<Record<string, Step>> = {
  SRP_A: 'srp',
  PASSWORD_VERIFIER: 'password',
  SMS_MFA: 'mfa',
  SOFTWARE_TOKEN_MFA: 'mfa',
};

const stepOf = (value: unknown): Step => {
  const { challengeName, challengeResult, challengeMetadata: metadata } = membersOf(value);
  if (typeof challengeName !== 'string' || typeof challengeResult !== 'boolean') return 'other';
  if (challengeName === 'CUSTOM_CHALLENGE' && metadata === challengeMetadata) return challengeResult ? 'passed' : 'failed';
  return challengeResult && Object.hasOwn(proven, challengeName) ? (proven[challengeName] ?? 'other') : 'other';
};

/** The histories that go on, in the words of their steps; `failed`: how many challenges were not passed. */
const histories = [
  { history: /^srp$/, next: () => 'password' },
  { history: /^srp password( mfa)?(?<failed>( failed)*)$/, next: (failed, most) => (failed < most ? 'challenge' : 'fail') },
  { history: /^srp password( mfa)?(?<failed>( failed)*) passed$/, next: (failed, most) => (failed < most ? 'tokens' : 'fail') },
] as const satisfies readonly { readonly history: RegExp; readonly next: (failed: number, most: number) => Next }[];

/**
 * What comes after this history: the whole of it must be one of the histories above, step by step.
 *
 * INVARIANT: `tokens` only after a proven password and exactly one passed challenge of ours, which is the last step.
 */
export const nextAfter = (session: unknown, { maxRounds, hostMfa }: VectorRules): Next => {
  // the longest that goes on: SRP, password, a factor, and as many challenges as may be
  if (!Array.isArray(session) || session.length > 3 + maxRounds) return 'fail';
  const steps = session.map(stepOf);
  if (!hostMfa && steps.includes('mfa')) return 'fail';
  for (const { history, next } of histories) {
    const found = history.exec(steps.join(' '));
    const failed = found?.groups?.failed ?? '';
    if (found) return next(failed.split(' ').length - 1, maxRounds);
  }
  return 'fail';
};
