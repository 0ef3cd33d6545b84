type Json = Readonly<Record<string, unknown>>;

/** What a Lambda function gets besides its event, as far as the functions here read it. */
export type LambdaContext = {
  readonly functionName: string;
  readonly awsRequestId: string;
  getRemainingTimeInMillis(): number;
};

export type LambdaHandler = (event: Json, context: LambdaContext) => unknown;

export type LambdaOptions = {
  /** Function name → file that exports `handler`; each runs in processes of its own. */
  readonly files?: Readonly<Record<string, string>>;
  /** Function name → handler in this process, for tests of the simulator itself. */
  readonly handlers?: Readonly<Record<string, LambdaHandler>>;
  /** The environment of every function; nothing of this process is handed on. */
  readonly env?: Readonly<Record<string, string>>;
  /** More of it for single functions. */
  readonly envs?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** After which Lambda ends an invocation and its process. 5,000 milliseconds. */
  readonly timeoutMs?: number;
  /** The Node on which they run; this one's unless told. */
  readonly node?: string;
};

/** Befalls one invocation. */
export type Fault =
  /** The answer comes so many milliseconds later. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** The connection breaks: before the function ran, or after it ran. */
  | { readonly kind: 'drop'; readonly when: 'before' | 'after' }
  /** The function runs twice at once with the same event; the first answer is sent. */
  | { readonly kind: 'duplicate' }
  /** The answer waits for a promise of the test. */
  | { readonly kind: 'hold'; readonly until: Promise<unknown> };

export type FunctionFailure = { readonly errorType: string; readonly errorMessage: string; readonly trace: readonly string[] };

/** What one run of a function came to. */
export type Ran = { readonly answer: unknown; readonly failure?: undefined } | { readonly failure: FunctionFailure };

export type Invocation = { readonly name: string; readonly event: Json; readonly ran?: Ran };

export type Lambdas = {
  /** `http://127.0.0.1:PORT`, for the Invoke interface. */
  readonly url: string;
  /** Every run of a function, oldest first; `ran` is absent while it runs and where it never ended. */
  readonly invocations: readonly Invocation[];
  /** Every line that a function wrote. */
  readonly logs: readonly string[];
  /** Befalls the next invocations of a function that have no fault yet, in order. */
  fault(name: string, ...faults: readonly Fault[]): void;
  /** Ends the processes of a function, busy ones too: the next invocation is a cold start. */
  kill(name: string): Promise<void>;
  /** Changes the environment of every function; as at Lambda, what runs then starts anew. */
  configure(env: Readonly<Record<string, string>>): Promise<void>;
  /** How many processes were started for it. */
  coldStarts(name: string): number;
  stop(): Promise<void>;
};
