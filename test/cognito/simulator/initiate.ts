import { type Caller, checkSecretHash, subjectOf } from './callers.ts';
import { define } from './custom-auth.ts';
import { invalid } from './errors.ts';
import { finish } from './finish.ts';
import { allowedFlows, checkFlow, type Flow, isFlow } from './flows.ts';
import type { Json, Strings } from './options.ts';
import { checkPassword } from './passwords.ts';
import { refresh } from './refresh.ts';
import type { SignIn, World } from './state.ts';
import { afterPassword, handshakeOf, passed, passwordChallenge } from './steps.ts';
import { eventOf, userNotFound } from './triggers.ts';
import { optionalText, strings, text } from './values.ts';

const preAuthentication = ({ trigger }: World, { pool, client, subject }: SignIn, validationData: Strings) =>
  trigger(
    pool,
    'PreAuthentication',
    eventOf({
      pool,
      client,
      subject,
      source: 'PreAuthentication_Authentication',
      request: { validationData, ...userNotFound(client, subject) },
      response: {},
    }),
  );

const bySrp = async (world: World, signIn: SignIn, given: Strings): Promise<Json> =>
  passwordChallenge(world, signIn, handshakeOf(signIn.subject, text(given, 'SRP_A')));

// metadata of InitiateAuth reaches neither PostAuthentication nor PreTokenGeneration
const byPassword = async (world: World, signIn: SignIn, given: Strings): Promise<Json> => {
  checkPassword(world, signIn.subject, text(given, 'PASSWORD'));
  return afterPassword(world, signIn) ?? finish(world, signIn, undefined);
};

const byCustom = async (world: World, signIn: SignIn, given: Strings): Promise<Json> => {
  if (given.CHALLENGE_NAME === undefined) return define(world, signIn, undefined);
  if (given.CHALLENGE_NAME !== 'SRP_A') throw invalid('Invalid CHALLENGE_NAME.');
  if (world.customSrpNeedsUserSrp && !allowedFlows(signIn.client).has('ALLOW_USER_SRP_AUTH'))
    throw invalid('USER_SRP_AUTH flow not enabled for this client');
  const handshake = handshakeOf(signIn.subject, text(given, 'SRP_A'));
  return define(world, { ...signIn, history: [passed('SRP_A')] }, undefined, handshake);
};

/** The choice flow, as far as it takes a password. */
const byChoice = (world: World, signIn: SignIn, given: Strings): Promise<Json> => {
  if (given.PREFERRED_CHALLENGE === 'PASSWORD') return byPassword(world, signIn, given);
  if (given.PREFERRED_CHALLENGE === 'PASSWORD_SRP') return bySrp(world, signIn, given);
  throw invalid('The simulator knows no other first factor than the password.');
};

const ways = {
  USER_SRP_AUTH: bySrp,
  USER_PASSWORD_AUTH: byPassword,
  CUSTOM_AUTH: byCustom,
  ADMIN_USER_PASSWORD_AUTH: byPassword,
  ADMIN_NO_SRP_AUTH: byPassword,
  USER_AUTH: byChoice,
} as const satisfies Record<Exclude<Flow, 'REFRESH_TOKEN' | 'REFRESH_TOKEN_AUTH'>, typeof bySrp>;

/** InitiateAuth and AdminInitiateAuth. */
export const initiateAuth = async (world: World, { pool, client, isAdmin }: Caller, parameters: Json): Promise<Json> => {
  const flow = text(parameters, 'AuthFlow');
  const given = strings(parameters, 'AuthParameters');
  if (!isFlow(flow)) throw invalid(`1 validation error detected: Value '${flow}' at 'authFlow' failed to satisfy constraint`);
  checkFlow(client, flow, isAdmin);
  if (flow === 'REFRESH_TOKEN' || flow === 'REFRESH_TOKEN_AUTH') return refresh(world, pool, client, given);
  const name = text(given, 'USERNAME');
  checkSecretHash(client, given, name);
  const signIn: SignIn = {
    pool,
    client,
    subject: subjectOf(pool, client, name),
    isCustom: flow === 'CUSTOM_AUTH',
    history: [],
    deviceKey: optionalText(given, 'DEVICE_KEY'),
  };
  await preAuthentication(world, signIn, strings(parameters, 'ClientMetadata'));
  return ways[flow](world, signIn, given);
};
