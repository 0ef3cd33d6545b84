import { base64url } from '../base64url.ts';
import { StepwardError } from '../errors.ts';
import type { Ceremony, Instance } from '../instance.ts';
import { maskEmail, maskPhone } from '../mask.ts';
import { type Words, wordsFor } from '../messages/words.ts';
import { methodSettings } from '../policy/method-settings.ts';
import type { VerificationMethod } from '../policy/methods.ts';
import type { AuthenticatorMethod, CeremonyContext } from '../ports/authenticator.ts';
import { isAllowedOrigin } from '../redirect.ts';
import type { Ports } from '../settings.ts';
import { applicationNameOf } from '../theme/theme.ts';
import type { User } from '../user.ts';
import { linkUrl } from './link-address.ts';
import { authenticatorsOf, type Situation } from './standing.ts';

/** How the account is named on pages and in authenticators: masked, never the user id. */
export const accountOf = (user: User): string | undefined => {
  const email = user.vouchedEmail ?? user.email;
  const phone = user.vouchedPhoneNumber ?? user.phoneNumber;
  return email ? maskEmail(email) : phone ? maskPhone(phone) : user.username;
};

/** A user with a WebAuthn user handle: random, never the id or an address. */
export const withUserHandle = (ports: Ports, user: User): User =>
  user.webauthnUserId ? user : { ...user, webauthnUserId: base64url(ports.random.bytes(32)) };

/** The texts in the language that the page is in, or would be. */
export const wordsOf = ({ set, instance, lang }: Pick<Situation, 'set' | 'instance' | 'lang'>): Words =>
  wordsFor(set, { visit: lang, track: instance.locale, acceptLanguage: instance.visit.acceptLanguage ?? instance.acceptLanguage });

/** The browser that answers: the page's, or the one that calls the client API. */
export const browserOf = ({ instance, client }: Situation): { readonly ipAddress?: string; readonly userAgent?: string } =>
  client ?? instance.visit;

/** What a method may know of a ceremony of this instance. */
export const ceremonyContext = (situation: Situation, challengeId: string, method: VerificationMethod): CeremonyContext => {
  const { instance, user, set, now } = situation;
  return {
    challengeId,
    instanceId: instance.instanceId,
    action: instance.action,
    user,
    account: accountOf(user) ?? 'account',
    authenticators: authenticatorsOf(situation, method),
    display: instance.display ?? [],
    displayHash: instance.displayHash,
    applicationName: applicationNameOf(set),
    settings: methodSettings(set, method, situation.client ? 'client' : 'page'),
    // few methods say anything
    get words() {
      return wordsOf(situation);
    },
    // what an application's page began, that page finishes
    ...(situation.client && { acceptsOrigin: allowedOrigins(situation) }),
    linkTo: (token) => linkUrl(situation.ports, instance.instanceId, token),
    inFrame: !situation.client && instance.visit.mode === 'frame',
    now,
  };
};

/** The origins whose pages may use the client API. */
export const allowedOrigins =
  ({ ports: { settings }, set }: Pick<Situation, 'ports' | 'set'>) =>
  (origin: string): boolean =>
    isAllowedOrigin(origin, [...settings.redirectOrigins, ...set.tenant.allowedOrigins], settings.anyLoopbackRedirect);

export const methodOf = (ports: Ports, method: VerificationMethod): AuthenticatorMethod => {
  const found = ports.methods.get(method);
  if (!found) throw new StepwardError('method_not_permitted', `\`${method}\` is not available`);
  return found;
};

/** What the page shows again of an open ceremony: WebAuthn options, a new authenticator app's secret. */
export const shownAgain = (situation: Situation, ceremony: Ceremony): unknown => {
  const method = situation.ports.methods.get(ceremony.method);
  const context = ceremonyContext(situation, ceremony.challengeId, ceremony.method);
  return ceremony.purpose === 'enroll' ? method?.enrollment?.show?.(context, ceremony.kept) : method?.show?.(context, ceremony.kept);
};

/** The instance with this ceremony in place of the one of the same id; what the page began, it shows. Ended ones beyond ten are dropped. */
export const withCeremony = (instance: Instance, ceremony: Ceremony): Instance => ({
  ...instance,
  ceremonies: [...instance.ceremonies.filter(({ challengeId }) => challengeId !== ceremony.challengeId), ceremony].slice(-10),
  ...(ceremony.begunBy === 'page' && { openChallengeId: ceremony.challengeId }),
});
