export type Json = Readonly<Record<string, unknown>>;

export const userPoolId = 'eu-west-1_AbCdEf';

/** A user of the pool, with everything that it may say of one. */
export const attributesOf = (sub: string): Record<string, string> => ({
  sub,
  email: 'ada.lovelace@example.org',
  email_verified: 'true',
  phone_number: '+4915112345678',
  phone_number_verified: 'true',
  given_name: 'Ada',
  family_name: 'Lovelace',
  'cognito:user_status': 'CONFIRMED',
  'custom:wish': 'secret-wish',
});

const event = (triggerSource: string, request: Json, { clientId = 'client-1', ...more }: Json = {}): Json => ({
  version: '1',
  region: 'eu-west-1',
  userPoolId,
  userName: 'ada.lovelace',
  callerContext: { awsSdkVersion: 'aws-sdk-unknown-unknown', clientId },
  triggerSource,
  request,
  response: {},
  ...more,
});

export type Step = readonly [name: string, result: unknown, metadata?: unknown];
export const session = (...steps: readonly Step[]): readonly Json[] =>
  steps.map(([challengeName, challengeResult, challengeMetadata]) => ({
    challengeName,
    challengeResult,
    ...(challengeMetadata !== undefined && { challengeMetadata }),
  }));

export const password: readonly Step[] = [
  ['SRP_A', true],
  ['PASSWORD_VERIFIER', true],
];
export const failed: Step = ['CUSTOM_CHALLENGE', false, 'stepward:1'];
export const passed: Step = ['CUSTOM_CHALLENGE', true, 'stepward:1'];

export const define = (steps: unknown, sub = 'user', request: Json = {}, more: Json = {}): Json =>
  event('DefineAuthChallenge_Authentication', { userAttributes: attributesOf(sub), session: steps, ...request }, more);

export const create = (sub: string, request: Json = {}, more: Json = {}): Json =>
  event(
    'CreateAuthChallenge_Authentication',
    { userAttributes: attributesOf(sub), challengeName: 'CUSTOM_CHALLENGE', session: session(...password), ...request },
    more,
  );

export const verify = (
  sub: string,
  privateChallengeParameters: unknown,
  challengeAnswer: unknown,
  request: Json = {},
  more: Json = {},
): Json =>
  event(
    'VerifyAuthChallengeResponse_Authentication',
    { userAttributes: attributesOf(sub), privateChallengeParameters, challengeAnswer, ...request },
    more,
  );

export const sources = ['HostedAuth', 'Authentication', 'NewPasswordChallenge', 'AuthenticateDevice', 'RefreshTokens'] as const;
export const groups = {
  groupsToOverride: ['editors', 'staff'],
  iamRolesToOverride: ['arn:aws:iam::123456789012:role/a'],
  preferredRole: null,
};

export const preToken = (sub: string, source: string, version = '1', more: Json = {}): Json =>
  event(
    `TokenGeneration_${source}`,
    {
      userAttributes: attributesOf(sub),
      groupConfiguration: groups,
      ...(version !== '1' && { scopes: ['openid', 'aws.cognito.signin.user.admin'] }),
    },
    { version, response: version === '1' ? { claimsOverrideDetails: null } : { claimsAndScopeOverrideDetails: null }, ...more },
  );
