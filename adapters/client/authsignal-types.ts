import type {
  ConsumeAnswer,
  ConsumeRequest,
  CreateSessionRequest,
  InstanceRef,
  SessionAnswer,
  SessionTokens,
  State,
  TrackAnswer,
  TrackRequest,
  UserAttributes,
  ValidateAnswer,
  ValidateRequest,
  ValidateSessionRequest,
  VerificationMethod,
} from '../../core/index.ts';
import type { WebhookEvent } from './webhook.ts';

type Answered = Readonly<Record<string, unknown>>;
type OfUser = { readonly userId: string };

/** The key and the address, in the spelling of the vendor's guide or of its SDK. The address ends with `/v1`. */
export type AuthsignalOptions = {
  readonly secret?: string;
  readonly baseUrl?: string;
  readonly apiSecretKey?: string;
  readonly apiUrl?: string;
  /** Milliseconds for a whole call, 10,000 unless given. */
  readonly timeout?: number;
  /** Taken and not used: a call is made once. */
  readonly retries?: number;
  readonly fetch?: typeof fetch;
};

export type TrackAttributes = Omit<TrackRequest, 'userId' | 'action'>;

/** The methods of `@authsignal/node`, with its names and its shapes of requests. Attributes may also stand beside `userId`. */
export type AuthsignalApi = {
  track(
    request: OfUser & { readonly action: string } & ({ readonly attributes?: TrackAttributes } | TrackAttributes),
  ): Promise<TrackAnswer>;
  validateChallenge(request: ValidateRequest): Promise<ValidateAnswer>;
  /** Stepward's own: the one use of a finished challenge by the enforcement point. */
  consume(request: InstanceRef & ConsumeRequest): Promise<ConsumeAnswer>;
  getAction(request: InstanceRef): Promise<Answered>;
  updateAction(
    request: InstanceRef & { readonly attributes: { readonly state: State; readonly reason?: string; readonly reviewer?: string } },
  ): Promise<Answered>;
  queryUserActions(
    request: OfUser & { readonly fromDate?: string; readonly actionCodes?: readonly string[]; readonly state?: State },
  ): Promise<readonly Answered[]>;
  getUser(request: OfUser): Promise<Answered>;
  queryUsers(request: {
    readonly username?: string;
    readonly email?: string;
    readonly phoneNumber?: string;
    readonly limit?: number;
    readonly lastEvaluatedUserId?: string;
  }): Promise<{ readonly users: readonly Answered[]; readonly lastEvaluatedUserId?: string }>;
  updateUser(request: OfUser & ({ readonly attributes: UserAttributes } | UserAttributes)): Promise<Answered>;
  deleteUser(request: OfUser): Promise<void>;
  getAuthenticators(request: OfUser): Promise<readonly Answered[]>;
  enrollVerifiedAuthenticator(
    request: OfUser & {
      readonly attributes: {
        readonly verificationMethod: VerificationMethod;
        readonly email?: string;
        readonly phoneNumber?: string;
        readonly isDefault?: boolean;
      };
    },
  ): Promise<Answered>;
  deleteAuthenticator(request: OfUser & { readonly userAuthenticatorId: string }): Promise<void>;
  challenge(request: Answered): Promise<{ readonly challengeId: string; readonly idempotencyKey: string; readonly expiresAt: number }>;
  verify(request: { readonly challengeId: string; readonly verificationCode: string }): Promise<Answered>;
  getChallenge(request: {
    readonly challengeId?: string;
    readonly userId?: string;
    readonly action?: string;
    readonly verificationMethod?: VerificationMethod;
  }): Promise<Answered>;
  claimChallenge(
    request: OfUser & { readonly challengeId: string; readonly skipVerificationCheck?: boolean },
  ): Promise<{ readonly token: string; readonly verificationMethod: VerificationMethod }>;
  createSession(request: CreateSessionRequest): Promise<SessionTokens>;
  validateSession(request: ValidateSessionRequest): Promise<SessionAnswer>;
  refreshSession(request: { readonly refreshToken: string }): Promise<SessionTokens>;
  revokeSession(request: { readonly accessToken: string }): Promise<void>;
  revokeUserSessions(request: OfUser): Promise<void>;
  readonly webhook: {
    /** Throws where the signature does not hold; `tolerance` in minutes, 5 unless given. */
    constructEvent(payload: string, signature: string, tolerance?: number): WebhookEvent;
  };
};
