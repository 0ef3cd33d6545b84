import type { VerificationMethod } from '../../../core/index.ts';
import type { Answer } from '../../client/short-call.ts';
import { denied, type Ending } from './ending.ts';
import type { PostLoginApi, PostLoginEvent } from './event.ts';
import { texts } from './values.ts';

// Auth0's factors that are as good as a method of ours; the others have none.
const factorTypes: ReadonlyMap<string, readonly string[]> = new Map<VerificationMethod, readonly string[]>([
  ['AUTHENTICATOR_APP', ['otp']],
  ['SMS', ['phone']],
  ['PUSH', ['push-notification']],
  ['PASSKEY', ['webauthn-platform', 'webauthn-roaming']],
  ['SECURITY_KEY', ['webauthn-roaming']],
  ['EMAIL_OTP', ['email']],
  ['RECOVERY_CODE', ['recovery-code']],
]);
// Too weak to stand in for a decision, and enrolled by nobody as a second factor.
const isWeak = (type: string): boolean => type === 'email' || type === 'recovery-code';

const enrolledTypes = ({ user }: PostLoginEvent): readonly string[] =>
  texts(Array.isArray(user.enrolledFactors) && user.enrolledFactors.map((factor) => factor?.type)) ?? [];

// Asks for one of these factors, if there is any beside a recovery code.
const challenge = (api: PostLoginApi, types: readonly string[]): boolean => {
  const [first] = types;
  if (first === undefined || types.every((type) => type === 'recovery-code')) return false;
  if (types.length === 1) api.authentication.challengeWith({ type: first });
  else api.authentication.challengeWithAny(types.map((type) => ({ type })));
  return true;
};

/** Native mode: a factor of Auth0's own, of those that the user has enrolled there. */
export const challengeNatively = (event: PostLoginEvent, api: PostLoginApi, answer: Answer): Ending => {
  const allowed = texts(answer.allowedVerificationMethods) ?? [];
  const wanted = [...new Set(allowed.flatMap((method) => factorTypes.get(method) ?? []))];
  const enrolled = enrolledTypes(event);
  const usable = wanted.filter((type) => enrolled.includes(type));
  if (challenge(api, usable)) return { said: 'handed-to-host' };
  // who has a factor, here or there, must not get round it by enrolling another
  const hasNone = answer.isEnrolled === false && enrolled.every(isWeak);
  const offered = wanted.filter((type) => !isWeak(type));
  if (answer.canEnroll !== true || !hasNone || offered.length === 0) return denied('step_up_no_factor');
  api.authentication.enrollWithAny(offered.map((type) => ({ type })));
  return { said: 'handed-to-host' };
};

/** Failure policy `fallback`: any strong factor that the user has at Auth0. */
export const fallBack = (event: PostLoginEvent, api: PostLoginApi): boolean => {
  const strong = [...factorTypes.values()].flat().filter((type) => !isWeak(type));
  return challenge(api, [...new Set(enrolledTypes(event).filter((type) => strong.includes(type)))]);
};
