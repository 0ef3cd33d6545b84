import { CognitoError } from './errors.ts';
import type { Json, Strings, TriggerSlot } from './options.ts';
import type { Client, Pool, Subject, World } from './state.ts';
import { isRecord } from './values.ts';

const tries = 3;

/** One try; nothing where no answer came in time. */
const attempt = async (url: string, event: Json, timeoutMs: number) => {
  try {
    const response = await fetch(url, { method: 'POST', body: JSON.stringify(event), signal: AbortSignal.timeout(timeoutMs) });
    return { status: response.status, isFailure: response.headers.has('x-amz-function-error'), text: await response.text() };
  } catch {
    return undefined;
  }
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Calls triggers by Lambda's Invoke interface. */
export const createTriggers =
  (lambdaUrl: string | undefined, timeoutMs: number): World['trigger'] =>
  async (pool, slot, event) => {
    const arn = arnOf(pool, slot);
    if (arn === undefined) return undefined;
    const url = `${lambdaUrl}/2015-03-31/functions/${encodeURIComponent(arn)}/invocations`;
    for (let n = 0; n < tries; n++) {
      const answer = await attempt(url, event, timeoutMs);
      if (!answer) continue;
      if (answer.status !== 200)
        throw new CognitoError('UnexpectedLambdaException', `${slot} invocation failed due to error ${answer.status}.`);
      const value = parsed(answer.text);
      if (answer.isFailure) {
        const message = isRecord(value) ? value.errorMessage : undefined;
        throw new CognitoError('UserLambdaValidationException', `${slot} failed with error ${message}.`);
      }
      if (!isRecord(value) || !isRecord(value.response)) throw unrecognizable();
      return value.response;
    }
    throw new CognitoError(
      'UnexpectedLambdaException',
      `${slot} invocation failed due to error Socket timeout while invoking Lambda function.`,
    );
  };

export const unrecognizable = (): CognitoError => new CognitoError('InvalidLambdaResponseException', 'Unrecognizable lambda output');

const arnOf = ({ settings }: Pool, slot: TriggerSlot): string | undefined => {
  const { LambdaConfig } = settings;
  const value = isRecord(LambdaConfig) ? LambdaConfig[slot] : undefined;
  return typeof value === 'string' ? value : undefined;
};

export const hasTrigger = (pool: Pool, slot: TriggerSlot): boolean => arnOf(pool, slot) !== undefined;

/** `V1_0`, `V2_0` or `V3_0`. */
export const preTokenVersion = ({ settings }: Pool): string => {
  const config = isRecord(settings.LambdaConfig) ? settings.LambdaConfig.PreTokenGenerationConfig : undefined;
  return isRecord(config) ? String(config.LambdaVersion) : 'V1_0';
};

type About = {
  readonly pool: Pool;
  readonly client: Client;
  readonly subject: Omit<Subject, 'verifier'>;
  readonly source: string;
  readonly request: Json;
  readonly response: Json;
  readonly version?: string;
  readonly clientMetadata?: Strings;
};

/** The attributes of somebody as triggers see them: strings, with `sub` and the status. */
export const triggerAttributes = ({ user }: Omit<Subject, 'verifier'>): Strings =>
  user ? { sub: user.sub, ...user.attributes, 'cognito:user_status': user.status } : {};

/** An event; members of it that have no value are not there, those of the response are null. */
export const eventOf = ({ pool, client, subject, source, request, response, version = '1', clientMetadata }: About): Json => ({
  version,
  region: pool.id.split('_')[0],
  userPoolId: pool.id,
  userName: subject.username,
  callerContext: { awsSdkVersion: 'aws-sdk-unknown-unknown', clientId: client.id },
  triggerSource: source,
  request: { userAttributes: triggerAttributes(subject), ...request, ...(clientMetadata && { clientMetadata }) },
  response,
});

/** What is said of somebody unknown, where the client hides who exists. */
export const userNotFound = (client: Client, { user }: Subject): Json =>
  client.settings.PreventUserExistenceErrors === 'ENABLED' ? { userNotFound: user === undefined } : {};
