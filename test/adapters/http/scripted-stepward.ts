import { type Stepward, StepwardError, type TrackAnswer } from '../../../core/index.ts';

export type Recorded = { readonly name: string; readonly args: readonly unknown[] };

export const trackAnswer: TrackAnswer = {
  idempotencyKey: '0193a7c4-0000-7000-8000-000000000001',
  state: 'ALLOW',
  url: 'http://localhost:8787/challenge?c=opaque',
  token: 'h.p.s',
  isEnrolled: false,
  enrolledVerificationMethods: [],
  allowedVerificationMethods: ['PASSKEY'],
  ruleIds: [],
  outcome: 'ALLOW',
  recommendation: { outcome: 'ALLOW', score: 3.9, level: 'low', reasons: [] },
  previewMatches: [],
  degraded: [],
  ignored: [],
  policyVersion: 1,
  failurePolicy: 'deny',
  expiresAt: '2026-01-01T00:10:00.000Z',
  canEnroll: true,
  decidedBy: 'default',
};

const iso = '2026-01-01T00:00:00.000Z';
const user = { isEnrolled: false, emailVerified: false, phoneNumberVerified: false };
const device = { userId: 'u', deviceId: 'd-1', createdAt: iso };
const moved = { state: 'REVIEW_SUCCEEDED', stateUpdatedAt: iso };
const instance = {
  state: 'ALLOW',
  stateUpdatedAt: iso,
  createdAt: iso,
  outcome: 'ALLOW',
  expiresAt: iso,
  policyVersion: 1,
  userId: 'u',
  action: 'signIn',
  idempotencyKey: 'k-1',
};
export const explanation = {
  decision: { outcome: 'ALLOW', decidedBy: 'default', policyVersion: 1, decidedAt: iso },
  rules: [],
  signals: {},
};

/** What each call answers unless the test scripts another answer. */
const answers: Readonly<Record<string, unknown>> = {
  track: { answer: trackAnswer, replayed: false },
  validate: { isValid: false, error: 'invalid_token' },
  consume: { consumed: true, state: 'ALLOW', userId: 'u', action: 'signIn', idempotencyKey: 'k-1', consumedAt: iso },
  getAction: instance,
  updateAction: moved,
  explain: explanation,
  queryUserActions: [{ actionCode: 'signIn', idempotencyKey: 'k-1', createdAt: iso, state: 'ALLOW' }],
  getUser: user,
  queryUsers: { users: [{ userId: 'u', ...user }] },
  updateUser: { email: 'u@example.org' },
  deleteUser: undefined,
  getAuthenticators: [],
  enrollVerified: {
    authenticator: { userId: 'u', userAuthenticatorId: 'a-1', verificationMethod: 'EMAIL_OTP', createdAt: iso },
  },
  deleteAuthenticator: undefined,
  importPasskeys: { total: 1, succeeded: 1, failed: 0, failures: [] },
  getDevices: [device],
  updateDevice: device,
  invalidateDevice: device,
  resetUser: undefined,
  challenge: { challengeId: 'c-1', idempotencyKey: 'k-1', expiresAt: 1_767_225_600 },
  verify: { isVerified: true },
  getChallenge: {},
  claim: { token: 'h.p.s', verificationMethod: 'EMAIL_OTP' },
  createSession: { accessToken: 'h.p.s', refreshToken: 'r' },
  refreshSession: { accessToken: 'h.p.s', refreshToken: 'r' },
  validateSession: {
    user: { userId: 'u', emailVerified: false, phoneNumberVerified: false },
    expiresAt: 1_767_225_600,
    verificationMethod: 'PASSKEY',
  },
  revokeSession: undefined,
  revokeUserSessions: undefined,
};

const ref = { userId: 'u', action: 'signIn', idempotencyKey: 'k-1' };
const passkey = { isVerified: true, accessToken: 'h.p.s', userId: 'u', userAuthenticatorId: 'a-1' };
const clientAnswers: Readonly<Record<string, unknown>> = {
  authenticate: { ref, kind: 'track', tokenId: 't-1', scope: 'read:authenticators' },
  init: { challengeOptions: { token: 'h.p.s', verificationMethods: ['PASSKEY'], user: {} } },
  listAuthenticators: [],
  removeAuthenticator: undefined,
  registrationOptions: { challengeId: 'c-1', options: { challenge: 'c' } },
  addCredential: passkey,
  authenticationOptions: { challengeId: 'c-1', options: { challenge: 'c', rpId: 'localhost' } },
  verifyCredential: passkey,
  startChallenge: { challengeId: 'c-1' },
  anonymousOptions: { challengeId: 'c-1', options: { challenge: 'c', rpId: 'localhost' } },
  verifyAnonymous: passkey,
  findPasskey: { credentialId: 'x', verifiedAt: iso },
  enrollApp: { userAuthenticatorId: 'a-1', userId: 'u', uri: 'otpauth://totp/u', secret: 'ABCD' },
  enrollEmail: { userAuthenticatorId: 'a-1', userId: 'u' },
  finalizeLink: { isVerified: false },
  sendEmail: { challengeId: 'c-1' },
  verifyCode: { isVerified: true, accessToken: 'h.p.s' },
};

/** A decision point that records its calls and answers by script; a scripted function is called with the arguments. */
export const scriptedStepward = (
  script: Readonly<Record<string, unknown>> = {},
): { readonly stepward: Stepward; readonly calls: Recorded[] } => {
  const calls: Recorded[] = [];
  const call =
    (name: string) =>
    async (...args: readonly unknown[]): Promise<unknown> => {
      calls.push({ name, args });
      const scripted = Object.hasOwn(script, name) ? script[name] : { ...answers, ...clientAnswers }[name];
      if (scripted instanceof Error) throw scripted;
      return typeof scripted === 'function' ? scripted(...args) : scripted;
    };
  const neutral = async (): Promise<never> => {
    throw new StepwardError('not_found', 'no visit');
  };
  const stepward = {
    ...Object.fromEntries(Object.keys(answers).map((name) => [name, call(name)])),
    client: Object.fromEntries(Object.keys(clientAnswers).map((name) => [name, call(name)])),
    visits: { open: neutral, act: neutral, leave: neutral },
    jwks: () => ({ keys: [{ kty: 'OKP', kid: 'k1' }] }),
  } as unknown as Stepward;
  return { stepward, calls };
};
