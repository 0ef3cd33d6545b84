import { randomUUID } from 'node:crypto';
import { CognitoError, unauthorized } from './errors.ts';
import type { Json, Strings } from './options.ts';
import { generateTokens, type TokenSource } from './pre-token.ts';
import type { Client, Pool, SignIn, User, World } from './state.ts';
import { createRefreshToken, issue, usualClaims } from './tokens.ts';
import { eventOf } from './triggers.ts';

/** Whoever may not sign in whatever they prove. */
export const checkStatus = (user: User): void => {
  if (!user.isEnabled) throw unauthorized('User is disabled.');
  if (user.status === 'UNCONFIRMED') throw new CognitoError('UserNotConfirmedException', 'User is not confirmed.');
  if (user.status === 'RESET_REQUIRED') throw new CognitoError('PasswordResetRequiredException', 'Password reset required for the user');
};

export const tracksDevices = ({ settings }: Pool): boolean => Object.keys((settings.DeviceConfiguration ?? {}) as Json).length > 0;

export const rotates = ({ settings }: Client): boolean => (settings.RefreshTokenRotation as Json | undefined)?.Feature === 'ENABLED';

/** The end of a sign-in: PostAuthentication, PreTokenGeneration, tokens. */
export const finish = async (
  world: World,
  { pool, client, subject, ...signIn }: SignIn,
  clientMetadata: Strings | undefined,
): Promise<Json> => {
  const { user } = subject;
  if (!user) throw unauthorized();
  checkStatus(user);
  await world.trigger(
    pool,
    'PostAuthentication',
    eventOf({
      pool,
      client,
      subject,
      source: 'PostAuthentication_Authentication',
      request: { newDeviceUsed: tracksDevices(pool) && signIn.deviceKey === undefined },
      response: {},
      clientMetadata,
    }),
  );
  const authTime = Math.floor(world.now() / 1000);
  const originJti = randomUUID();
  const source: TokenSource = signIn.isNewPassword ? 'NewPasswordChallenge' : signIn.isDevice ? 'AuthenticateDevice' : 'Authentication';
  const usual = usualClaims(world, pool, client, user, { authTime, originJti, deviceKey: signIn.deviceKey });
  const claims = await generateTokens(world, pool, client, user, usual, { source, clientMetadata });
  const refresh = { clientId: client.id, poolId: pool.id, username: user.username, originJti, authTime };
  return {
    AuthenticationResult: {
      ...issue(pool, client, claims),
      RefreshToken: createRefreshToken(world, refresh, client),
      ...(tracksDevices(pool) &&
        signIn.deviceKey === undefined && {
          NewDeviceMetadata: { DeviceKey: `${world.region}_${randomUUID()}`, DeviceGroupKey: `-${pool.id.split('_')[1]}` },
        }),
    },
    ChallengeParameters: {},
  };
};
