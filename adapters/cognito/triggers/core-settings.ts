import { code, createReader, type Env, flag, type Reader, readReturnUrls } from './settings.ts';

/** What a trigger that calls the core is set to. */
export type CoreSettings = {
  readonly url: string;
  /** Empty where it is kept as a secret. */
  readonly serverKey: string;
  /** Of AWS Secrets Manager; empty where the key stands here. */
  readonly secretId: string;
  /** Address of the extension that reads secrets, and what it asks for. */
  readonly secrets: { readonly url: string; readonly token: string };
  readonly action: string;
  /** Milliseconds for all calls of one trigger. */
  readonly deadline: number;
  /** Milliseconds for one try. */
  readonly tryFor: number;
  /** Name of a setting that is missing or malformed. */
  readonly wrong: string | undefined;
};

const origin = /^(https:\/\/[a-z\d.-]+|http:\/\/(localhost|127\.0\.0\.1|\[::1\]))(:\d{1,5})?\/?$/i;

const readCore = (reader: Reader, env: Env): Omit<CoreSettings, 'wrong'> => {
  const secretId = reader.read('STEPWARD_SERVER_KEY_SECRET_ID', /^[\w/+=.@:-]{0,2048}$/);
  // one of the two: where both are set nobody knows which is old
  const serverKey = reader.read('STEPWARD_SERVER_KEY', secretId === '' ? /^[\x21-\x7e]+$/ : /^$/);
  const port = reader.read('PARAMETERS_SECRETS_EXTENSION_HTTP_PORT', /^\d{1,5}$/, '2773');
  return {
    url: reader.read('STEPWARD_URL', origin).replace(/\/$/, ''),
    serverKey,
    secretId,
    secrets: { url: `http://localhost:${port}`, token: env.AWS_SESSION_TOKEN ?? '' },
    action: reader.read('STEPWARD_ACTION', code, 'signIn'),
    deadline: Number(reader.read('STEPWARD_DEADLINE_MS', /^([5-9]\d\d|[12]\d{3}|3[0-4]\d\d|3500)$/, '3000')),
    tryFor: 1200,
  };
};

/** `fallback` is refused: a trigger cannot know whether the user has a factor of the host. */
const readPolicy = (reader: Reader) => reader.read('STEPWARD_FAILURE_POLICY', /^(deny|allow)$/, 'deny') as 'deny' | 'allow';

export const readVerifySettings = (env: Env): CoreSettings => {
  const reader = createReader(env);
  return { ...readCore(reader, env), wrong: reader.wrong };
};

export type CreateSettings = CoreSettings & {
  readonly failurePolicy: 'deny' | 'allow';
  readonly returnUrls: ReadonlyMap<string, string>;
  /** The page decides again, over the browser that the pool does not show. */
  readonly defers: boolean;
};

const isReturnUrl = (value: string): boolean => {
  if (!URL.canParse(value)) return false;
  const { protocol, hostname, username, password } = new URL(value);
  const isLoopback = protocol === 'http:' && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(hostname);
  return (protocol === 'https:' || isLoopback) && username === '' && password === '';
};

export const readCreateSettings = (env: Env): CreateSettings => {
  const reader = createReader(env);
  const core = readCore(reader, env);
  const failurePolicy = readPolicy(reader);
  const defers = reader.read('STEPWARD_COGNITO_DEFER', flag, 'false') === 'true';
  const returnUrls = readReturnUrls(reader);
  if ([...returnUrls.values()].some((url) => url !== 'popup' && !isReturnUrl(url))) reader.refuse('STEPWARD_RETURN_URLS');
  return { ...core, failurePolicy, returnUrls, defers, wrong: reader.wrong };
};

export type PreTokenSettings = CoreSettings & {
  readonly failurePolicy: 'deny' | 'allow';
  readonly gate: 'admit' | 'require' | 'scope';
  /** Tracked at a refresh under `require`; empty: a refresh is left alone. */
  readonly refreshAction: string;
  /** Milliseconds for which a challenge serves under `scope`. */
  readonly scopeFor: number;
  readonly except: ReadonlySet<string>;
};

export const readPreTokenSettings = (env: Env): PreTokenSettings => {
  const reader = createReader(env);
  const core = readCore(reader, env);
  const failurePolicy = readPolicy(reader);
  const gate = reader.read('STEPWARD_GATE', /^(admit|require|scope)$/) as PreTokenSettings['gate'];
  const refreshAction = reader.read('STEPWARD_REFRESH_ACTION', /^[\w-]{0,64}$/);
  const scopeFor = Number(reader.read('STEPWARD_SCOPE_SECONDS', /^[1-9]\d{0,6}$/, '3600')) * 1000;
  const except = new Set(
    reader
      .read('STEPWARD_EXCEPT_CLIENTS', /^[\w+\s,-]*$/)
      .split(',')
      .map((client) => client.trim())
      .filter((client) => client !== ''),
  );
  return { ...core, failurePolicy, gate, refreshAction, scopeFor, except, wrong: reader.wrong };
};
