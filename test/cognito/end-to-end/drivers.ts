import { createHmac } from 'node:crypto';
import type { Strings } from '../simulator/options.ts';
import { createProver, type Half } from '../simulator/srp.ts';
import { hasPackages, requirePackage } from '../support/packages.ts';
import type { CognitoWorld, Member } from './world.ts';

/** Where a sign-in by a client library stands. */
export type Stage =
  | { readonly kind: 'challenge'; readonly parameters: Strings; answer(text: string): Promise<Stage> }
  | { readonly kind: 'tokens'; readonly idToken: string; readonly accessToken: string }
  | { readonly kind: 'error'; readonly name: string; readonly message: string };

export type Credentials = Pick<Member, 'username' | 'password'>;
/** Begins a sign-in with SRP and custom challenges, as the documents of the library tell to. */
export type Driver = (world: CognitoWorld, credentials: Credentials, metadata?: Strings) => Promise<Stage>;

const failed = (thrown: unknown): Stage => {
  const { name, message } = thrown instanceof Error ? thrown : new Error(String(thrown));
  return { kind: 'error', name, message };
};

type Token = { getJwtToken(): string };
type Session = { getIdToken(): Token; getAccessToken(): Token };
type Callbacks = {
  onSuccess(session: Session): void;
  onFailure(failure: unknown): void;
  customChallenge(parameters: Strings): void;
};
type CognitoUser = {
  setAuthenticationFlowType(flow: string): void;
  authenticateUser(details: unknown, callbacks: Callbacks): void;
  sendCustomChallengeAnswer(answer: string, callbacks: Callbacks, metadata?: Strings): void;
};
type IdentityJs = {
  readonly CognitoUserPool: new (about: object) => object;
  readonly CognitoUser: new (about: object) => CognitoUser;
  readonly AuthenticationDetails: new (about: object) => object;
};

const identityJs = (): Driver => {
  const { CognitoUserPool, CognitoUser, AuthenticationDetails } = requirePackage<IdentityJs>('amazon-cognito-identity-js');
  // of one browser: keeps tokens and devices
  const kept = new Map<string, string>();
  const Storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
    clear: () => kept.clear(),
  };
  return ({ pool }, { username, password }, metadata) => {
    const Pool = new CognitoUserPool({ UserPoolId: pool.poolId, ClientId: pool.client('app').id, endpoint: pool.url, Storage });
    const user = new CognitoUser({ Username: username, Pool, Storage });
    user.setAuthenticationFlowType('CUSTOM_AUTH');
    const stage = (ask: (callbacks: Callbacks) => void): Promise<Stage> =>
      new Promise((resolve) =>
        ask({
          onSuccess: (session) =>
            resolve({
              kind: 'tokens',
              idToken: session.getIdToken().getJwtToken(),
              accessToken: session.getAccessToken().getJwtToken(),
            }),
          onFailure: (failure) => resolve(failed(failure)),
          customChallenge: (parameters) =>
            resolve({
              kind: 'challenge',
              parameters,
              answer: (text) => stage((callbacks) => user.sendCustomChallengeAnswer(text, callbacks, metadata)),
            }),
        }),
      );
    const details = new AuthenticationDetails({ Username: username, Password: password, ClientMetadata: metadata });
    return stage((callbacks) => user.authenticateUser(details, callbacks));
  };
};

type AmplifyStep = {
  readonly isSignedIn: boolean;
  readonly nextStep: { readonly signInStep: string; readonly additionalInfo?: Strings };
};
type AmplifyAuth = {
  signIn(about: object): Promise<AmplifyStep>;
  confirmSignIn(about: object): Promise<AmplifyStep>;
  signOut(): Promise<void>;
  fetchAuthSession(): Promise<{ readonly tokens?: Readonly<Record<'idToken' | 'accessToken', { toString(): string }>> }>;
};

const amplify = (): Driver => {
  const { Amplify } = requirePackage<{ readonly Amplify: { configure(about: object): void } }>('aws-amplify');
  const auth = requirePackage<AmplifyAuth>('aws-amplify/auth');
  const { ConsoleLogger } = requirePackage<{ readonly ConsoleLogger: { LOG_LEVEL: string } }>('aws-amplify/utils');
  // else it warns of the endpoint in every sign-in
  ConsoleLogger.LOG_LEVEL = 'ERROR';
  return async ({ pool }, { username, password }, clientMetadata) => {
    const { poolId: userPoolId, url: userPoolEndpoint } = pool;
    Amplify.configure({ Auth: { Cognito: { userPoolId, userPoolClientId: pool.client('app').id, userPoolEndpoint } } });
    await auth.signOut().catch(() => undefined);
    const stage = async (asking: Promise<AmplifyStep>): Promise<Stage> => {
      try {
        const { nextStep } = await asking;
        if (nextStep.signInStep === 'CONFIRM_SIGN_IN_WITH_CUSTOM_CHALLENGE')
          return {
            kind: 'challenge',
            parameters: nextStep.additionalInfo ?? {},
            answer: (challengeResponse) => stage(auth.confirmSignIn({ challengeResponse, options: { clientMetadata } })),
          };
        const { tokens } = await auth.fetchAuthSession();
        return { kind: 'tokens', idToken: String(tokens?.idToken), accessToken: String(tokens?.accessToken) };
      } catch (thrown) {
        return failed(thrown);
      }
    };
    return stage(auth.signIn({ username, password, options: { authFlowType: 'CUSTOM_WITH_SRP', clientMetadata } }));
  };
};

type SdkAnswer = {
  readonly ChallengeName?: string;
  readonly ChallengeParameters?: Strings;
  readonly Session?: string;
  readonly AuthenticationResult?: { readonly IdToken: string; readonly AccessToken: string };
};
type Sdk = Readonly<Record<`${'Admin' | ''}${'InitiateAuth' | 'RespondToAuthChallenge'}Command`, new (input: object) => object>> & {
  readonly CognitoIdentityProviderClient: new (about: object) => { send(command: object): Promise<SdkAnswer>; destroy(): void };
};

const sdk = (client: 'app' | 'server', isAdmin: boolean) => (): Driver => {
  const library = requirePackage<Sdk>('@aws-sdk/client-cognito-identity-provider');
  const prefix = isAdmin ? 'Admin' : '';
  return async ({ pool }, { username, password }, metadata) => {
    const { id: ClientId, secret } = pool.client(client);
    const credentials = { accessKeyId: 'AKIATEST', secretAccessKey: 'test' };
    const cognito = new library.CognitoIdentityProviderClient({ region: 'eu-west-1', endpoint: pool.url, credentials });
    const who = { ClientId, ClientMetadata: metadata, ...(isAdmin && { UserPoolId: pool.poolId }) };
    const hash = (name: string): Strings =>
      secret === undefined
        ? {}
        : {
            SECRET_HASH: createHmac('sha256', secret)
              .update(name + ClientId)
              .digest('base64'),
          };
    const respond = ({ ChallengeName, ChallengeParameters, Session }: SdkAnswer, responses: Strings): Promise<SdkAnswer> => {
      const USERNAME = ChallengeParameters?.USERNAME ?? username;
      const ChallengeResponses = { USERNAME, ...hash(USERNAME), ...responses };
      return cognito.send(new library[`${prefix}RespondToAuthChallengeCommand`]({ ...who, ChallengeName, Session, ChallengeResponses }));
    };
    const stage = async (asking: Promise<SdkAnswer>): Promise<Stage> => {
      try {
        const answer = await asking;
        const { AuthenticationResult: tokens, ChallengeParameters: parameters = {} } = answer;
        if (tokens) return { kind: 'tokens', idToken: tokens.IdToken, accessToken: tokens.AccessToken };
        return { kind: 'challenge', parameters, answer: (ANSWER) => stage(respond(answer, { ANSWER })) };
      } catch (thrown) {
        return failed(thrown);
      }
    };
    const begin = async (): Promise<SdkAnswer> => {
      const prover = createProver();
      const AuthParameters = { USERNAME: username, SRP_A: prover.A, CHALLENGE_NAME: 'SRP_A', ...hash(username) };
      const first = await cognito.send(new library[`${prefix}InitiateAuthCommand`]({ ...who, AuthFlow: 'CUSTOM_AUTH', AuthParameters }));
      const half = first.ChallengeParameters as Half & { readonly USER_ID_FOR_SRP: string };
      const group = pool.poolId.split('_')[1] ?? '';
      const proof = prover.prove(group, half.USER_ID_FOR_SRP, password, half, 'Mon Mar 2 09:00:00 UTC 2026');
      return respond(first, {
        PASSWORD_CLAIM_SECRET_BLOCK: proof.secretBlock,
        PASSWORD_CLAIM_SIGNATURE: proof.signature,
        TIMESTAMP: proof.timestamp,
      });
    };
    return stage(begin());
  };
};

/** Unmodified clients, by name; each call makes one of a browser or server of its own. */
export const drivers: Readonly<Record<string, () => Driver>> = hasPackages()
  ? {
      'amazon-cognito-identity-js': identityJs,
      'aws-amplify': amplify,
      'the AWS SDK, public calls': sdk('app', false),
      'the AWS SDK, admin calls and a client secret': sdk('server', true),
    }
  : {};
