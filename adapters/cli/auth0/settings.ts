import { action } from '../../http/shapes.ts';
import { Failure } from '../failure.ts';

/** What the artefacts are filled in with; no secret is among it. */
export type Auth0Settings = {
  readonly url?: string;
  readonly action: string;
  readonly refreshAction: string;
  readonly mode: 'redirect' | 'native';
  readonly failurePolicy: string;
  readonly claimNamespace?: string;
};

type Options = Readonly<Record<string, string | undefined>>;

const refuse = (option: string, expected: string): never => {
  throw new Failure(2, `\`--${option}\` must be ${expected}`);
};

const actionOf = (option: string, text: string): string =>
  action.safeParse(text).success ? text : refuse(option, 'the code of an action: 1-64 of `A-Z a-z 0-9 _ -`');

const originOf = (text: string): string => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url?.protocol === 'https:' && url.origin === text.replace(/\/$/, '') ? url.origin : refuse('url', 'an https origin');
};

const modes: ReadonlySet<string> = new Set(['redirect', 'native']);
const modeOf = (text: string): 'redirect' | 'native' =>
  modes.has(text) ? (text as 'redirect' | 'native') : refuse('mode', '`redirect` or `native`');

const policyWord = /^(?:[A-Za-z0-9_-]{1,64}=)?(?:deny|allow|fallback)$/;
const failurePolicyOf = (text: string): string => {
  const parts = text.split(',');
  const wellFormed = parts.every((part) => policyWord.test(part)) && (parts.length === 1 || parts.every((part) => part.includes('=')));
  return wellFormed
    ? text
    : refuse('failure-policy', '`deny`, `allow` or `fallback`, or one for each action: `signIn=deny,tokenRefresh=allow`');
};

/** Auth0 drops claims under these without a word. */
const reservedHost = /(?:^|\.)(?:auth0\.com|webtask\.io|webtask\.run)$/;

const namespaceOf = (text: string): string => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const plain = url?.protocol === 'https:' && !url.search && !url.hash && !url.username && text === url.href.replace(/\/$/, '');
  if (!plain || text.length > 200 || reservedHost.test(url.hostname))
    return refuse(
      'claim-namespace',
      'an https address of 200 characters at most without a slash at its end, not under auth0.com, webtask.io or webtask.run',
    );
  return text;
};

/**
 * Reads the options of `auth0 bundle`.
 *
 * @throws Failure that names the option.
 */
export const auth0Settings = (options: Options): Auth0Settings => {
  const settings = {
    action: actionOf('action', options.action ?? 'signIn'),
    refreshAction: actionOf('refresh-action', options['refresh-action'] ?? 'tokenRefresh'),
    mode: modeOf(options.mode ?? 'redirect'),
    failurePolicy: failurePolicyOf(options['failure-policy'] ?? 'deny'),
    ...(options.url !== undefined && { url: originOf(options.url) }),
    ...(options['claim-namespace'] !== undefined && { claimNamespace: namespaceOf(options['claim-namespace']) }),
  };
  // the default outcome of the second is ALLOW: as the action of sign-ins it would let everybody in
  if (settings.action === settings.refreshAction) return refuse('refresh-action', 'another action than that of sign-ins');
  return settings;
};
