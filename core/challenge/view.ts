import { activeMethods } from '../enrolled.ts';
import type { Ceremony, Instance } from '../instance.ts';
import { maskPhone } from '../mask.ts';
import { isEmailMethod, type VerificationMethod } from '../policy/methods.ts';
import { applicationNameOf } from '../theme/theme.ts';
import type { Authenticator, Device } from '../user.ts';
import type { AuthenticatorView, CeremonyView, DeviceView, MethodChoice, Subject, View } from '../visit-view.ts';
import { budgetOwner, maskedDestination } from './answer.ts';
import { accountOf, shownAgain } from './ceremony-context.ts';
import { configurationOf } from './consume.ts';
import { demandsAuthenticator, isLast } from './factor-change.ts';
import { admitGuess } from './guesses.ts';
import { seenFrom } from './seen-from.ts';
import { sendLimits } from './sending.ts';
import { canBeNamed, canMakeCodes, liveDevices } from './settings.ts';
import { authenticatorsOf, mostTries, type Situation, settingsUntil, standing } from './standing.ts';

const mostDevicesShown = 20;

export const subjectOf = (situation: Situation): Subject => {
  const { ports, set, instance, user } = situation;
  return {
    applicationName: applicationNameOf(set),
    action: instance.action,
    account: accountOf(user),
    display: instance.display ?? [],
    asked: { ...seenFrom(ports, instance), at: instance.createdAt },
    locale: instance.locale,
    expiresAt: instance.state === 'CHALLENGE_REQUIRED' ? instance.expiresAt : (settingsUntil(situation) ?? instance.expiresAt),
  };
};

/** The end of the instance's id: enough to find it, nothing to guess from. */
const referenceOf = ({ instanceId }: Instance): string => instanceId.slice(-8);

const choice = (situation: Situation, method: VerificationMethod, enrolling: boolean): MethodChoice => {
  const email = !isEmailMethod(method)
    ? undefined
    : enrolling
      ? situation.user.vouchedEmail
      : authenticatorsOf(situation, method)[0]?.email;
  return { method, destination: maskedDestination(email), needsScript: situation.ports.methods.get(method)?.needsScript ?? false };
};

/** Until when no answer of this method is taken from this browser. */
export const waitOf = (situation: Situation, method: VerificationMethod): number | undefined => {
  const admitted = admitGuess(situation.user, method, budgetOwner(situation), situation.now);
  return admitted === 'admitted' ? undefined : admitted.waitUntil;
};

/** What the page shows now. */
export const viewOf = (situation: Situation): View => {
  const { ports, set, instance, now } = situation;
  const at = standing(situation);
  const applicationName = applicationNameOf(set);
  // a frame or a window is closed by whoever shows it
  const canLeave = instance.redirectUrl !== undefined || instance.visit.mode !== 'redirect';
  switch (at.kind) {
    case 'blocked':
    case 'review':
      return { page: at.kind, reference: referenceOf(instance), applicationName, canLeave };
    case 'expired':
      return { page: 'expired', applicationName, canLeave };
    case 'leave':
      return { page: 'leave' };
    case 'no-way':
      return { page: 'no-way', subject: subjectOf(situation) };
    case 'recovery-codes':
      return {
        page: 'recovery-codes',
        subject: subjectOf(situation),
        codes: ports.secrets.open(`recovery:${instance.instanceId}`, instance.sealedRecoveryCodes ?? '').split(' '),
      };
    case 'waiting':
      return { page: 'waiting', subject: subjectOf(situation), until: at.until };
    case 'settings':
      return settingsView(situation, at.methods);
    case 'prove-contact': {
      const [method = 'EMAIL_OTP'] = at.methods;
      return {
        page: 'prove-contact',
        subject: subjectOf(situation),
        method,
        destination: maskedDestination(at.destination) ?? '',
      };
    }
    case 'enroll':
      return {
        page: 'enroll',
        subject: subjectOf(situation),
        methods: at.methods.map((method) => choice(situation, method, true)),
        optional: at.optional,
      };
    case 'choose': {
      const [defaultMethod = 'PASSKEY'] = at.methods;
      return {
        page: 'choose',
        subject: subjectOf(situation),
        methods: at.methods.map((method) => choice(situation, method, false)),
        defaultMethod,
        waitUntil: waitOf(situation, defaultMethod),
      };
    }
    case 'ceremony':
      return {
        page: 'ceremony',
        subject: subjectOf(situation),
        ceremony: ceremonyView(situation, at.ceremony),
        others: at.others
          .filter((method) => activeMethods(ports, set).includes(method))
          .map((method) => choice(situation, method, at.ceremony.purpose === 'enroll')),
        canRemember: at.ceremony.purpose === 'verify' && configurationOf(set, instance.action, now).rememberDevice.enabled,
        waitUntil: waitOf(situation, at.ceremony.method),
      };
  }
};

const authenticatorView = (situation: Situation, one: Authenticator): AuthenticatorView => ({
  userAuthenticatorId: one.userAuthenticatorId,
  method: one.verificationMethod,
  name: one.name,
  destination: maskedDestination(one.email) ?? (one.phoneNumber && maskPhone(one.phoneNumber)),
  createdAt: one.createdAt,
  lastUsedAt: one.lastVerifiedAt,
  isDefault: one.isDefault === true,
  canBeNamed: canBeNamed(one),
  canBeRemoved: !(isLast(situation, one) && demandsAuthenticator(situation.set, situation.instance, situation.now)),
});

const deviceView = ({ instance, now }: Situation, device: Device): DeviceView => ({
  deviceId: device.deviceId,
  browser: device.browserFamily,
  os: device.osFamily,
  lastUsedAt: device.lastSuccessAt ?? device.createdAt,
  rememberedUntil: (device.rememberedUntil ?? 0) > now ? device.rememberedUntil : undefined,
  isThis: device.deviceId === instance.visit.deviceId,
});

const settingsView = (situation: Situation, methods: readonly VerificationMethod[]): View => {
  const { ports, user } = situation;
  const devices = liveDevices(user);
  const codes = user.authenticators.find((one) => one.verificationMethod === 'RECOVERY_CODE');
  return {
    page: 'settings',
    subject: subjectOf(situation),
    authenticators: user.authenticators
      .filter((one) => one !== codes && one.verifiedAt !== undefined)
      .map((one) => authenticatorView(situation, one)),
    ...(canMakeCodes(situation) && { codesLeft: codes ? ports.recoveryCodes.left(codes.data) : 0 }),
    methods: methods.map((method) => choice(situation, method, true)),
    devices: devices.slice(0, mostDevicesShown).map((device) => deviceView(situation, device)),
    moreDevices: Math.max(0, devices.length - mostDevicesShown),
  };
};

/** A link that was pressed in another browser is spent: that browser shows a code to type here. */
const linkView = ({ ports }: Situation, { method, kept }: Ceremony): Pick<CeremonyView, 'pressedElsewhere'> => {
  const link = ports.methods.get(method)?.link;
  return link?.pressedBy(kept) === undefined ? {} : { pressedElsewhere: true };
};

const ceremonyView = (situation: Situation, ceremony: Ceremony): CeremonyView => {
  const sends = situation.instance.sends?.length ?? 0;
  return {
    challengeId: ceremony.challengeId,
    method: ceremony.method,
    purpose: ceremony.purpose === 'prove-strongest' || ceremony.purpose === 'confirm' ? 'verify' : ceremony.purpose,
    destination: maskedDestination(ceremony.destination),
    expiresAt: ceremony.expiresAt,
    triesLeft: mostTries - ceremony.tries,
    shown: shownAgain(situation, ceremony),
    ...linkView(situation, ceremony),
    ...(ceremony.sentAt &&
      sends < sendLimits.perInstance && { resendAt: (ceremony.sentAt.at(-1) ?? 0) + sendLimits.gap * Math.max(1, sends) }),
  };
};
