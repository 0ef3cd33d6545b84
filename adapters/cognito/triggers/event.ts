/** What Cognito hands to every trigger, as far as it is read here. All but the ids is checked before use; values are texts. */
export type TriggerEvent = {
  readonly version?: unknown;
  readonly triggerSource: string;
  readonly userPoolId: string;
  readonly callerContext: { readonly clientId: string };
  readonly request: TriggerRequest;
  readonly response?: unknown;
};

export type TriggerRequest = {
  readonly userAttributes?: Texts;
  readonly clientMetadata?: Texts;
  /** Of a pool that does not tell who exists. */
  readonly userNotFound?: unknown;
  /** Define, Create: what was asked for in this sign-in so far. */
  readonly session?: unknown;
  /** Create. */
  readonly challengeName?: unknown;
  /** Verify. */
  readonly challengeAnswer?: unknown;
  /** Verify: what Create kept for this round. */
  readonly privateChallengeParameters?: Texts;
  /** Token generation. */
  readonly groupConfiguration?: unknown;
};

/** By name: nothing says that a name is there, or that its value is a text. */
export type Texts = Readonly<Record<string, unknown>>;

/** What Lambda tells of this call. */
export type LambdaContext = { readonly getRemainingTimeInMillis?: () => number };

/** The function that Lambda calls. */
export type Handler = (event: unknown, context?: LambdaContext) => Promise<unknown>;

export type Groups = {
  readonly groupsToOverride?: unknown;
  readonly iamRolesToOverride?: unknown;
  readonly preferredRole?: unknown;
};

/** The answer to DefineAuthChallenge. */
export type DefineResponse = { readonly challengeName?: string; readonly issueTokens: boolean; readonly failAuthentication: boolean };

/** The answer to CreateAuthChallenge. */
export type CreateResponse = {
  readonly publicChallengeParameters: Readonly<Record<string, string>>;
  readonly privateChallengeParameters: Readonly<Record<string, string>>;
  readonly challengeMetadata: string;
};

/** The answer to VerifyAuthChallengeResponse. */
export type VerifyResponse = { readonly answerCorrect: boolean };
