import { invalid, unauthorized } from './errors.ts';
import { checkStatus, tracksDevices } from './finish.ts';
import type { Json } from './options.ts';
import { openSession } from './sessions.ts';
import { beginHandshake, type Handshake } from './srp.ts';
import type { HistoryEntry, Pending, SignIn, User, World } from './state.ts';
import { isTotp } from './totp.ts';

export const passed = (challengeName: string): HistoryEntry => ({ challengeName, challengeResult: true, challengeMetadata: null });

export const handshakeOf = ({ verifier }: SignIn['subject'], hexA: string): Handshake => {
  const handshake = beginHandshake(verifier, hexA);
  if (!handshake) throw invalid('Incorrect parameter SRP_A.');
  return handshake;
};

const half = ({ salt }: { readonly salt: bigint }, { B, secretBlock }: Handshake): Json => ({
  SRP_B: B.toString(16),
  SALT: salt.toString(16),
  SECRET_BLOCK: secretBlock.toString('base64'),
});

export const passwordChallenge = (world: World, signIn: SignIn, handshake: Handshake): Json => {
  const { username, verifier } = signIn.subject;
  return {
    ChallengeName: 'PASSWORD_VERIFIER',
    ChallengeParameters: { ...half(verifier, handshake), USER_ID_FOR_SRP: username, USERNAME: username },
    Session: openSession(world, { ...signIn, challengeName: 'PASSWORD_VERIFIER', handshake }),
  };
};

export const deviceChallenge = (world: World, signIn: SignIn, hexA: string): Json => {
  const verifier = signIn.subject.user?.devices.get(signIn.deviceKey ?? '');
  const handshake = verifier && beginHandshake(verifier, hexA);
  if (!verifier || !handshake) throw invalid('Incorrect parameter SRP_A.');
  return {
    ChallengeName: 'DEVICE_PASSWORD_VERIFIER',
    ChallengeParameters: { ...half(verifier, handshake), DEVICE_KEY: signIn.deviceKey, USERNAME: signIn.subject.username },
    Session: openSession(world, { ...signIn, challengeName: 'DEVICE_PASSWORD_VERIFIER', handshake }),
  };
};

/** What Cognito itself asks for after the password, or nothing. */
export const afterPassword = (world: World, signIn: SignIn): Json | undefined => {
  const { pool, subject, deviceKey } = signIn;
  const { user, username } = subject;
  if (!user) throw unauthorized();
  checkStatus(user);
  const ask = (challengeName: string, parameters: Json): Json => ({
    ChallengeName: challengeName,
    ChallengeParameters: { USERNAME: username, ...parameters },
    Session: openSession(world, { ...signIn, challengeName }),
  });
  if (user.status === 'FORCE_CHANGE_PASSWORD')
    return ask('NEW_PASSWORD_REQUIRED', {
      USER_ID_FOR_SRP: username,
      requiredAttributes: '[]',
      userAttributes: JSON.stringify(user.attributes),
    });
  if (tracksDevices(pool) && deviceKey !== undefined && user.devices.has(deviceKey)) return ask('DEVICE_SRP_AUTH', {});
  if (pool.settings.MfaConfiguration !== 'OFF' && user.totpSecret !== undefined)
    return ask('SOFTWARE_TOKEN_MFA', { USER_ID_FOR_SRP: username });
  return undefined;
};

/** A code of the authenticator app; each works once. */
export const checkTotp = (world: World, { totpSecret, usedSteps }: User, code: string): boolean => {
  const step = Math.floor(world.now() / 30_000);
  const found = [step, step - 1, step + 1].find((one) => totpSecret !== undefined && isTotp(totpSecret, one, code));
  if (found === undefined || usedSteps.has(found)) return false;
  usedSteps.add(found);
  return true;
};

/** The sign-in without what belongs to the call that was answered. */
export const answered = (
  { challengeName: _, handshake: _h, privateParameters: _p, challengeMetadata: _m, ...signIn }: Pending,
  ...names: readonly string[]
): SignIn => ({ ...signIn, history: [...signIn.history, ...names.map(passed)] });
