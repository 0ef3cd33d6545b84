import { StepwardError } from '../errors.ts';
import type { AuthenticatorConfiguration } from './defaults.ts';
import type { VerificationMethod } from './methods.ts';

/** What an operator can set of a method. */
export type MethodSettings = {
  /** The public host or a domain above it that it may stand for; absent: the public host. Another one makes all keys unusable. */
  readonly rpId?: string;
  /** Origins on other domains that may use the same passkeys, told at `/.well-known/webauthn`. */
  readonly relatedOrigins?: readonly string[];
  /** Name shown in the app above the account; absent: the application's. */
  readonly issuer?: string;
  /** Whether the code of the 30 seconds before still counts. */
  readonly acceptsPreviousCode?: boolean;
  /** Digits of a code on the hosted pages; the client API has six, which is what the SDKs type. */
  readonly digits?: 6 | 7 | 8;
  /** Whether what the client API began may be finished in another browser than the one that waits for it. */
  readonly crossBrowser?: boolean;
};
export type SettingName = keyof MethodSettings;

/** Which settings each method has, and what holds where nobody has set them. */
const standards: { readonly [method in VerificationMethod]?: MethodSettings } = {
  PASSKEY: { rpId: undefined, relatedOrigins: [] },
  SECURITY_KEY: { rpId: undefined },
  AUTHENTICATOR_APP: { issuer: undefined, acceptsPreviousCode: true },
  EMAIL_OTP: { digits: 6 },
  EMAIL_MAGIC_LINK: { crossBrowser: false },
};

/** What the client API has whatever is set: the SDKs know nothing else. */
const ofClientApi: MethodSettings = { digits: 6 };

type Configured = { readonly authenticatorConfigurations: ReadonlyMap<string, AuthenticatorConfiguration> };

/** The settings of a method as they stand. */
export const methodSettings = (set: Configured, method: VerificationMethod, by: 'page' | 'client' = 'page'): MethodSettings => ({
  ...standards[method],
  ...set.authenticatorConfigurations.get(method)?.settings,
  ...(by === 'client' && ofClientApi),
});

/** Whether the public host may use this RP id: its own name, or one above it that is no top-level domain (WebAuthn Level 3 §5.1.2). */
const fitsHost = (rpId: string, host: string): boolean => rpId === host || (rpId.includes('.') && host.endsWith(`.${rpId}`));

/**
 * The settings after a change; `null` is the default, absent leaves as it is.
 *
 * @throws StepwardError `invalid_configuration` for a setting that the method does not have, or that the public host forbids.
 */
export const changedSettings = (
  method: VerificationMethod,
  before: Readonly<Record<string, unknown>>,
  input: { readonly [K in SettingName]?: MethodSettings[K] | null },
  publicHost: string,
): Readonly<Record<string, unknown>> => {
  const after = { ...before };
  for (const [name, value] of Object.entries(input)) {
    if (value === undefined) continue;
    if (!Object.hasOwn(standards[method] ?? {}, name))
      throw new StepwardError('invalid_configuration', `\`${method}\` has no \`${name}\``, { details: [{ pointer: `/${name}` }] });
    if (name === 'rpId' && typeof value === 'string' && !fitsHost(value, publicHost))
      throw new StepwardError('invalid_configuration', `\`rpId\` must be \`${publicHost}\` or a domain above it`, {
        details: [{ pointer: '/rpId' }],
      });
    if (value === null) delete after[name];
    else after[name] = value;
  }
  return after;
};
