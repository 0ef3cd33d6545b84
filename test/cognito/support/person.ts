import { createHmac } from 'node:crypto';
import type { Called, Strings, UserPool } from '../simulator/options.ts';
import { createProver, type Half } from '../simulator/srp.ts';

export type PersonOptions = {
  /** Name of a client of the pool. */
  readonly client: string;
  readonly username: string;
  readonly password: string;
  readonly metadata?: Strings;
  /** By the operations for an application's server. */
  readonly isAdmin?: boolean;
  readonly deviceKey?: string;
};

/** What a call of a sign-in came to: a challenge, tokens, or an error. */
export type Step = {
  readonly error?: string;
  readonly message?: string;
  readonly challenge?: string;
  readonly parameters: Strings;
  readonly session?: string;
  readonly tokens?: { readonly AccessToken: string; readonly IdToken: string; readonly RefreshToken: string };
  readonly device?: Strings;
};

const stepOf = (called: Called): Step => {
  if (called.error !== undefined) return { error: called.error, message: called.message, parameters: {} };
  const {
    ChallengeName,
    ChallengeParameters = {},
    Session,
    AuthenticationResult,
  } = called.body as {
    readonly ChallengeName?: string;
    readonly ChallengeParameters?: Strings;
    readonly Session?: string;
    readonly AuthenticationResult?: Step['tokens'] & { readonly NewDeviceMetadata?: Strings };
  };
  return {
    challenge: ChallengeName,
    parameters: ChallengeParameters,
    session: Session,
    tokens: AuthenticationResult,
    device: AuthenticationResult?.NewDeviceMetadata,
  };
};

/** Somebody who signs in at a pool call by call. */
export const createPerson = (pool: UserPool, { client, username, password, metadata, isAdmin = false, deviceKey }: PersonOptions) => {
  const { id, secret } = pool.client(client);
  const who = { ClientId: id, ...(isAdmin && { UserPoolId: pool.poolId }), ...(metadata && { ClientMetadata: metadata }) };
  const hashOf = (name: string): Strings =>
    secret === undefined
      ? {}
      : {
          SECRET_HASH: createHmac('sha256', secret)
            .update(name + id)
            .digest('base64'),
        };
  const device: Strings = deviceKey === undefined ? {} : { DEVICE_KEY: deviceKey };

  const initiate = async (AuthFlow: string, parameters: Strings): Promise<Step> =>
    stepOf(
      await pool.call(
        isAdmin ? 'AdminInitiateAuth' : 'InitiateAuth',
        { ...who, AuthFlow, AuthParameters: { ...hashOf(username), ...parameters } },
        isAdmin,
      ),
    );
  const respond = async ({ challenge, session, parameters }: Step, responses: Strings): Promise<Step> => {
    const USERNAME = parameters.USERNAME ?? username;
    return stepOf(
      await pool.call(
        isAdmin ? 'AdminRespondToAuthChallenge' : 'RespondToAuthChallenge',
        {
          ...who,
          ChallengeName: challenge,
          Session: session,
          ChallengeResponses: { USERNAME, ...hashOf(USERNAME), ...device, ...responses },
        },
        isAdmin,
      ),
    );
  };
  /** The first call by SRP; `prove` answers what it asks for. */
  const beginSrp = async (flow: 'USER_SRP_AUTH' | 'CUSTOM_AUTH') => {
    const prover = createProver();
    const step = await initiate(flow, {
      USERNAME: username,
      SRP_A: prover.A,
      ...(flow === 'CUSTOM_AUTH' && { CHALLENGE_NAME: 'SRP_A' }),
      ...device,
    });
    return {
      step,
      responses: (typed = password): Strings => {
        const group = pool.poolId.split('_')[1] ?? '';
        const timestamp = 'Mon Mar 2 09:00:00 UTC 2026';
        const proof = prover.prove(group, step.parameters.USER_ID_FOR_SRP ?? '', typed, step.parameters as Half, timestamp);
        return {
          PASSWORD_CLAIM_SECRET_BLOCK: proof.secretBlock,
          PASSWORD_CLAIM_SIGNATURE: proof.signature,
          TIMESTAMP: timestamp,
        };
      },
    };
  };
  return {
    initiate,
    respond,
    beginSrp,
    /** Through the password; stands at what comes after it. */
    signIn: async (flow: 'USER_SRP_AUTH' | 'CUSTOM_AUTH' = 'CUSTOM_AUTH'): Promise<Step> => {
      const { step, responses } = await beginSrp(flow);
      return step.challenge === 'PASSWORD_VERIFIER' ? respond(step, responses()) : step;
    },
    answer: (step: Step, answer: string): Promise<Step> => respond(step, { ANSWER: answer }),
    refresh: (token: string): Promise<Step> => initiate('REFRESH_TOKEN_AUTH', { REFRESH_TOKEN: token }),
  };
};
