import { randomUUID } from 'node:crypto';
import { poolOf } from './callers.ts';
import { CognitoError, invalid } from './errors.ts';
import type { Json } from './options.ts';
import type { Pool, World } from './state.ts';
import { createKey } from './tokens.ts';
import { isRecord, text } from './values.ts';

const unset = Symbol('not set');

/** What UpdateUserPool takes → its value where it is not sent. */
const settable = {
  Policies: {
    PasswordPolicy: {
      MinimumLength: 8,
      RequireUppercase: true,
      RequireLowercase: true,
      RequireNumbers: true,
      RequireSymbols: true,
      TemporaryPasswordValidityDays: 7,
    },
    SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD'] },
  },
  DeletionProtection: 'INACTIVE',
  LambdaConfig: {},
  AutoVerifiedAttributes: unset,
  SmsVerificationMessage: unset,
  EmailVerificationMessage: unset,
  EmailVerificationSubject: unset,
  VerificationMessageTemplate: { DefaultEmailOption: 'CONFIRM_WITH_CODE' },
  SmsAuthenticationMessage: unset,
  UserAttributeUpdateSettings: unset,
  MfaConfiguration: 'OFF',
  DeviceConfiguration: unset,
  EmailConfiguration: { EmailSendingAccount: 'COGNITO_DEFAULT' },
  SmsConfiguration: unset,
  UserPoolTags: {},
  AdminCreateUserConfig: { AllowAdminCreateUserOnly: false, UnusedAccountValidityDays: 7 },
  UserPoolAddOns: unset,
  AccountRecoverySetting: unset,
  UserPoolTier: 'ESSENTIALS',
  KeyConfiguration: unset,
  IssuerConfiguration: unset,
  AcrConfiguration: unset,
} as const satisfies Record<string, unknown>;

/** Absent in a request, it stays; present, members that are not sent are reset. */
const keptWhereAbsent = 'DcrConfiguration';

const onlyAtCreation = ['Schema', 'AliasAttributes', 'UsernameAttributes', 'UsernameConfiguration'];

/** Both ways to name PreTokenGeneration, which must agree. */
const lambdaConfig = (config: Json, tier: unknown): Json => {
  const { PreTokenGeneration, PreTokenGenerationConfig: versioned } = config;
  if (!isRecord(versioned)) return config;
  if (PreTokenGeneration !== undefined && PreTokenGeneration !== versioned.LambdaArn)
    throw invalid('PreTokenGeneration and PreTokenGenerationConfig.LambdaArn must have the same value.');
  if (versioned.LambdaVersion !== 'V1_0' && tier === 'LITE')
    throw new CognitoError('FeatureUnavailableInTierException', 'This version of PreTokenGeneration is not in the tier of the user pool.');
  return { ...config, PreTokenGeneration: versioned.LambdaArn };
};

/** What the pool's settings are after a request: what it does not name is reset. */
const settingsFrom = (parameters: Json, before: Json): Json => {
  const entries = Object.entries(settable)
    .map(([name, otherwise]) => [name, parameters[name] ?? otherwise] as const)
    .filter(([, value]) => value !== unset);
  const settings: Json = Object.fromEntries(entries);
  const kept = parameters[keptWhereAbsent] ?? before[keptWhereAbsent];
  return {
    ...settings,
    LambdaConfig: lambdaConfig(settings.LambdaConfig as Json, settings.UserPoolTier),
    ...(kept !== undefined && { [keptWhereAbsent]: kept }),
  };
};

const shown = ({ id, arn, createdAt, modifiedAt, fixed, settings }: Pool): Json => ({
  Id: id,
  Arn: arn,
  ...fixed,
  ...settings,
  CreationDate: createdAt / 1000,
  LastModifiedDate: modifiedAt / 1000,
});

export const createUserPool = async (world: World, parameters: Json): Promise<Json> => {
  const id = `${world.region}_${randomUUID().replaceAll('-', '').slice(0, 9)}`;
  const named = onlyAtCreation.flatMap((name) => (parameters[name] === undefined ? [] : [[name, parameters[name]] as const]));
  const pool: Pool = {
    id,
    arn: `arn:aws:cognito-idp:${world.region}:${world.account}:userpool/${id}`,
    createdAt: world.now(),
    modifiedAt: world.now(),
    fixed: Object.fromEntries(named),
    settings: { ...settingsFrom(parameters, {}), Name: text(parameters, 'PoolName') },
    mfa: { SoftwareTokenMfaConfiguration: { Enabled: parameters.MfaConfiguration !== undefined && parameters.MfaConfiguration !== 'OFF' } },
    clients: new Map(),
    users: new Map(),
    key: await createKey(),
  };
  world.pools.set(id, pool);
  return { UserPool: shown(pool) };
};

export const describeUserPool = (world: World, parameters: Json): Json => ({ UserPool: shown(poolOf(world, parameters)) });

export const updateUserPool = (world: World, parameters: Json): Json => {
  const pool = poolOf(world, parameters);
  pool.settings = { ...settingsFrom(parameters, pool.settings), Name: parameters.PoolName ?? pool.settings.Name };
  if (pool.settings.MfaConfiguration === 'OFF') pool.mfa = { SoftwareTokenMfaConfiguration: { Enabled: false } };
  pool.modifiedAt = world.now();
  return {};
};

export const getUserPoolMfaConfig = (world: World, parameters: Json): Json => {
  const { mfa, settings } = poolOf(world, parameters);
  return { ...mfa, MfaConfiguration: settings.MfaConfiguration };
};

export const setUserPoolMfaConfig = (world: World, parameters: Json): Json => {
  const pool = poolOf(world, parameters);
  const { UserPoolId: _, MfaConfiguration = 'OFF', ...mfa } = parameters;
  pool.mfa = mfa;
  pool.settings = { ...pool.settings, MfaConfiguration };
  pool.modifiedAt = world.now();
  return getUserPoolMfaConfig(world, parameters);
};
