import type { FailurePolicy } from '../../../core/index.ts';
import type { PostLoginEvent } from './event.ts';

/** What this execution is set to: the secrets of the Action, and what the client's metadata says instead. */
export type Settings = {
  readonly url: string;
  readonly pagesUrl: string;
  readonly serverKey: string;
  /** The one that signs, then the one before it. */
  readonly redirectSecrets: readonly string[];
  readonly action: string;
  readonly mode: 'redirect' | 'native' | 'off';
  readonly failurePolicy: FailurePolicy;
  /** Milliseconds for all calls of one leg. */
  readonly deadline: number;
  readonly deviceParam: string;
  readonly redirectsSilent: boolean;
  readonly revokesOnBlock: boolean;
  readonly reportsClientAddress: boolean;
  /** Empty: no claims. */
  readonly namespace: string;
  /** Name of a setting that is missing or malformed. */
  readonly wrong?: string | undefined;
};

const origin = /^(https:\/\/[a-z\d.-]+|http:\/\/(localhost|127\.0\.0\.1|\[::1\]))(:\d{1,5})?\/?$/i;
const code = /^[\w-]{1,64}$/;
const secret = /^.{32,}$/s;
const secretOrNone = /^(.{32,})?$/s;
const policy = /^(((^|,)[\w-]+=(deny|allow|fallback))+|deny|allow|fallback)$/;
/** Auth0 drops claims of its own namespaces without a word. */
const namespace = /^(?!https?:\/\/([^/]+\.)?(auth0\.com|webtask\.io|webtask\.run)([:/]|$)|urn:auth0)[\x21-\x7e]{0,200}$/i;

/** Read anew for every execution: one warm instance serves many users and clients. */
export const readSettings = (event: PostLoginEvent): Settings => {
  const metadata = event.client?.metadata ?? {};
  let wrong: string | undefined;
  const read = (name: string, allowed: RegExp, otherwise = '', ofClient?: unknown): string => {
    const value = String(ofClient || (event.configuration?.[name] ?? event.secrets?.[name]) || otherwise);
    if (!allowed.test(value)) wrong ??= name;
    return value;
  };
  const url = read('STEPWARD_URL', origin).replace(/\/$/, '');
  const mode = read('STEPWARD_MODE', /^(redirect|native|off)$/, 'redirect', metadata.stepward_mode) as Settings['mode'];
  const action =
    event.transaction?.protocol === 'oauth2-refresh-token'
      ? read('STEPWARD_REFRESH_ACTION', code, 'tokenRefresh')
      : read('STEPWARD_ACTION', code, 'signIn', metadata.stepward_action);
  const policies = read('STEPWARD_FAILURE_POLICY', policy, 'deny', metadata.stepward_failure_policy);
  const settings = {
    url,
    pagesUrl: read('STEPWARD_PAGES_ORIGIN', origin, url),
    serverKey: read('STEPWARD_SERVER_KEY', /^[\x21-\x7e]+$/),
    redirectSecrets: [
      read('STEPWARD_REDIRECT_SECRET', mode === 'redirect' ? secret : secretOrNone),
      read('STEPWARD_REDIRECT_SECRET_PREVIOUS', secretOrNone),
    ].filter((value) => value !== ''),
    action,
    mode,
    failurePolicy: (policies.includes('=')
      ? (policies.split(',').find((pair) => pair.startsWith(`${action}=`)) ?? 'deny').split('=').pop()
      : policies) as FailurePolicy,
    deadline: Number(read('STEPWARD_TIMEOUT_MS', /^([5-9]\d\d|[1-7]\d{3}|8000)$/, '3000')),
    deviceParam: read('STEPWARD_DEVICE_PARAM', /^[\w.-]{1,64}$/, 'device_id'),
    redirectsSilent: read('STEPWARD_SILENT', /^(deny|redirect)$/, 'deny') === 'redirect',
    revokesOnBlock: read('STEPWARD_REVOKE_ON_BLOCK', /^(true|false)$/, 'false') === 'true',
    reportsClientAddress: metadata.stepward_ip === 'user',
    namespace: read('STEPWARD_CLAIM_NAMESPACE', namespace).replace(/\/$/, ''),
  };
  return { ...settings, wrong };
};
