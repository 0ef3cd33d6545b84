import { action } from '../../http/shapes.ts';
import {
  defaultOptions,
  type FallbackCredential,
  fallbackAuthenticators,
  type InstallOptions,
  leavableWays,
} from '../../keycloak/options.ts';
import { Failure } from '../failure.ts';

type Options = Readonly<Record<string, string | undefined>>;

const refuse = (option: string, expected: string): never => {
  throw new Failure(2, `\`--${option}\` must be ${expected}`);
};

const listOf = (text: string | undefined): readonly string[] =>
  (text ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');

const wordOf = <W extends string>(option: string, text: string, words: readonly W[]): W =>
  words.find((word) => word === text) ?? refuse(option, `one of ${words.map((word) => `\`${word}\``).join(', ')}`);

const wordsOf = <W extends string>(option: string, text: string | undefined, words: readonly W[]): readonly W[] =>
  listOf(text).map((one) => wordOf(option, one, words));

const addressOf = (option: string, text: string): string => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isLoopback = url !== undefined && /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname);
  const isFit = url && !url.username && !url.search && !url.hash && (url.protocol === 'https:' || (isLoopback && url.protocol === 'http:'));
  return isFit ? text.replace(/\/$/, '') : refuse(option, 'an https address, or one on loopback');
};

const between = (least: number, most: number) => (text: string) => /^\d{1,6}$/.test(text) && Number(text) >= least && Number(text) <= most;
const isFlag = (text: string): boolean => text === 'true' || text === 'false';

/** Settings that have no option of their own; the authenticator checks them again. */
const otherSettings = {
  connectTimeoutMs: between(100, 2000),
  deadlineMs: between(500, 8000),
  maxAttempts: between(1, 20),
  ssoReuseSeconds: between(0, 3600),
  deviceCookie: isFlag,
  sendRoles: isFlag,
  sendGroups: isFlag,
} as const satisfies Record<string, (text: string) => boolean>;

const setOf = (text: string | undefined): Readonly<Record<string, string>> =>
  Object.fromEntries(
    listOf(text).map((pair) => {
      const [name = '', value = ''] = pair.split('=');
      const check = (otherSettings as Readonly<Record<string, (text: string) => boolean>>)[name];
      if (!check?.(value)) return refuse('set', `\`name=value\` of ${Object.keys(otherSettings).join(', ')}, within its limits`);
      return [`stepward.${name}`, value];
    }),
  );

const keyOf = (text: string): string =>
  /^\$\{vault\.[A-Za-z0-9_-]+\}$/.test(text)
    ? text
    : refuse(
        'server-key',
        `a reference to Keycloak's vault, \`\${vault.stepward}\`: a key in a setting could be read in the admin console`,
      );

const secondsOf = (text: string): number =>
  between(0, 86_400)(text) ? Number(text) : refuse('step-up-seconds', 'a number of seconds up to 86400');

/**
 * Reads the options of `keycloak plan`, `apply`, `verify` and `export`.
 *
 * @throws Failure that names the option.
 */
export const installOptions = (options: Options, flags: ReadonlySet<string>): InstallOptions => {
  const credentials = Object.keys(fallbackAuthenticators) as readonly FallbackCredential[];
  const { url, action: named, 'pages-origin': pages, 'server-key': key } = options;
  if (named !== undefined && !action.safeParse(named).success) refuse('action', 'the code of an action: 1-64 of `A-Z a-z 0-9 _ -`');
  return {
    ...defaultOptions,
    layout: wordOf('layout', options.layout ?? defaultOptions.layout, ['risk', 'acr']),
    settings: {
      ...setOf(options.set),
      ...(url !== undefined && { 'stepward.apiUrl': addressOf('url', url) }),
      ...(pages !== undefined && { 'stepward.challengeOrigin': new URL(addressOf('pages-origin', pages)).origin }),
      ...(key !== undefined && { 'stepward.serverKey': keyOf(key) }),
      ...(named !== undefined && { 'stepward.action': named }),
    },
    failurePolicy: wordOf('failure-policy', options['failure-policy'] ?? defaultOptions.failurePolicy, ['deny', 'allow', 'fallback']),
    fallbackCredentials:
      options.fallback === undefined ? defaultOptions.fallbackCredentials : wordsOf('fallback', options.fallback, credentials),
    stepUpSeconds: options['step-up-seconds'] === undefined ? defaultOptions.stepUpSeconds : secondsOf(options['step-up-seconds']),
    leave: wordsOf('leave', options.leave, leavableWays),
    except: listOf(options.except),
    pilots: listOf(options.clients),
    includeAdmins: flags.has('include-admins'),
    refresh: flags.has('refresh'),
  };
};
