import type { Lambdas } from '../lambda-host/index.ts';

export type Json = Readonly<Record<string, unknown>>;
export type Strings = Readonly<Record<string, string>>;

/** The slots of a pool's LambdaConfig that the simulator calls. */
export type TriggerSlot =
  | 'PreAuthentication'
  | 'PostAuthentication'
  | 'DefineAuthChallenge'
  | 'CreateAuthChallenge'
  | 'VerifyAuthChallengeResponse'
  | 'PreTokenGeneration';

export type UserPoolOptions = {
  /** Where functions run; without it a pool may have no triggers. */
  readonly lambdas?: Pick<Lambdas, 'url'>;
  /** Slot → function name. */
  readonly triggers?: Partial<Readonly<Record<TriggerSlot, string>>>;
  /** Of PreTokenGeneration; `V1_0` unless told. */
  readonly preTokenVersion?: 'V1_0' | 'V2_0' | 'V3_0';
  /** Members of CreateUserPool. */
  readonly pool?: Json;
  /** Client name → members of CreateUserPoolClient. */
  readonly clients?: Readonly<Record<string, Json>>;
  readonly users?: readonly UserOptions[];
  /** Milliseconds; what expires does so by this clock. The system's unless told. */
  readonly now?: () => number;
  /** How long a trigger may take, by the wall clock. 5,000 as at AWS. */
  readonly triggerTimeoutMs?: number;
  /** Whether CUSTOM_AUTH with SRP_A needs ALLOW_USER_SRP_AUTH too, which is not known of AWS. No unless told. */
  readonly customSrpNeedsUserSrp?: boolean;
};

export type UserOptions = {
  readonly username: string;
  /** Permanent, so that the user is CONFIRMED; without one somebody must set it. */
  readonly password?: string;
  readonly attributes?: Strings;
  readonly groups?: readonly string[];
  /** The shared secret of an authenticator app, as base32: asked for where the pool's MfaConfiguration is not OFF. */
  readonly totpSecret?: string;
};

export type Tokens = {
  readonly AccessToken: string;
  readonly IdToken: string;
  readonly RefreshToken?: string;
  readonly TokenType: string;
  readonly ExpiresIn: number;
};

/** What an operation answered; `error` is the exception's name. */
export type Called =
  | { readonly error?: undefined; readonly body: Json }
  | { readonly error: string; readonly message: string; readonly status: number };

/** One user pool of a Cognito that listens on loopback. */
export type UserPool = {
  /** `http://localhost:PORT`, the endpoint for every client. */
  readonly url: string;
  readonly poolId: string;
  readonly arn: string;
  /** Id and secret of a client, by the name under which it was made. */
  client(name: string): { readonly id: string; readonly secret?: string };
  /** Calls an operation over HTTP; signed, as far as the simulator looks at signatures, unless told otherwise. */
  call(operation: string, parameters: Json, signed?: boolean): Promise<Called>;
  addUser(user: UserOptions): Promise<{ readonly sub: string; readonly username: string }>;
  /** Claims of a token; throws where its signature is not the pool's. */
  verify(token: string): Promise<Json>;
  stop(): Promise<void>;
};
