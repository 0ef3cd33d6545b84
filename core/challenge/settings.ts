import { authenticatorName } from '../authenticator-name.ts';
import { activeMethods, isWaiting } from '../enrolled.ts';
import { StepwardError } from '../errors.ts';
import { forgetFactorTrust, invalidateDevice, rememberDevice } from '../history.ts';
import type { Instance } from '../instance.ts';
import { isWebauthn, type VerificationMethod } from '../policy/methods.ts';
import type { Event } from '../ports/store.ts';
import type { Authenticator, Device, User } from '../user.ts';
import type { AttemptError, SettingsCommand } from '../visit-view.ts';
import { tell } from './answer.ts';
import { demandsAuthenticator, isLast, withoutAuthenticator } from './factor-change.ts';
import type { NoticeKind } from './notice.ts';
import { deliver } from './sending.ts';
import { type Situation, standing } from './standing.ts';
import { mostStarted } from './start-ceremony.ts';
import { factorEvent, factorEvents, withRecoveryCodes } from './succeed.ts';

export type SettingsResult = { readonly error?: AttemptError; readonly changed?: true };

/** What a command on the settings page changes; undefined: it asks for what is so already. */
type Change = {
  readonly user?: User;
  readonly instance?: Partial<Instance>;
  readonly events?: readonly Event[];
  readonly did: string;
  readonly detail?: string;
  /** A change of factors: told to the user's other contacts, and the end of earlier proofs. */
  readonly told?: { readonly kind: NoticeKind; readonly method: VerificationMethod; readonly email?: string };
};

/** Authenticators that can have a name: a user may have several of them. */
export const canBeNamed = ({ verificationMethod }: Authenticator): boolean => isWebauthn(verificationMethod);

/** Whether new recovery codes can be made: for whoever has something that they stand in for. */
export const canMakeCodes = ({ ports, set, user, now }: Situation): boolean =>
  activeMethods(ports, set).includes('RECOVERY_CODE') &&
  !isWaiting(user, now) &&
  user.authenticators.some((one) => one.verificationMethod !== 'RECOVERY_CODE' && one.verifiedAt !== undefined);

/** Devices that still mean something, the one used last first. */
export const liveDevices = ({ devices }: User): readonly Device[] => {
  const used = ({ lastSuccessAt, createdAt }: Device) => lastSuccessAt ?? createdAt;
  return devices.filter(({ invalidatedAt }) => invalidatedAt === undefined).toSorted((a, b) => used(b) - used(a));
};

const own = ({ user }: Situation, userAuthenticatorId: string): Authenticator => {
  const found = user.authenticators.find((one) => one.userAuthenticatorId === userAuthenticatorId && one.verifiedAt !== undefined);
  // another user's looks like one that is gone
  if (!found) throw new StepwardError('not_found', 'no such authenticator');
  return found;
};

const ownDevice = ({ user }: Situation, id: string): Device => {
  const found = liveDevices(user).find(({ deviceId }) => deviceId === id);
  if (!found) throw new StepwardError('not_found', 'no such device');
  return found;
};

const deviceEvent = ({ user: { userId }, now }: Situation, { deviceId }: Device): Event => ({
  type: 'device.updated',
  at: now,
  data: { userId, deviceId },
});

const invalidated = (situation: Situation, devices: readonly Device[]): Change | undefined =>
  devices.length === 0
    ? undefined
    : {
        user: devices.reduce((user, { deviceId }) => invalidateDevice(user, deviceId, situation.now), situation.user),
        events: devices.map((device) => deviceEvent(situation, device)),
        did: 'devices-forgotten',
        detail: String(devices.length),
      };

const commands: {
  readonly [K in SettingsCommand['do']]: (
    situation: Situation,
    command: Extract<SettingsCommand, { readonly do: K }>,
  ) => Change | undefined;
} = {
  name: (situation, { userAuthenticatorId, name }) => {
    const { user, now } = situation;
    const one = own(situation, userAuthenticatorId);
    if (!canBeNamed(one)) throw new StepwardError('invalid_request', 'only a passkey or a security key has a name');
    const after = { ...one, name: authenticatorName(name) };
    if (after.name === one.name) return undefined;
    return {
      user: { ...user, authenticators: user.authenticators.map((other) => (other === one ? after : other)) },
      events: [factorEvent('authenticator.updated', user.userId, after, now)],
      did: 'authenticator-named',
    };
  },
  remove: (situation, { userAuthenticatorId }) => {
    const { user, set, instance, now } = situation;
    const one = own(situation, userAuthenticatorId);
    if (one.verificationMethod === 'RECOVERY_CODE') throw new StepwardError('invalid_request', 'recovery codes are replaced, not removed');
    if (isLast(situation, one) && demandsAuthenticator(set, instance, now))
      throw new StepwardError('last_authenticator', `\`${instance.action}\` needs one, and this is the only one left`);
    const { user: after, gone } = withoutAuthenticator(situation, user, one, now);
    return {
      user: after,
      events: factorEvents('authenticator.deleted', user.userId, gone, now),
      did: 'authenticator-removed',
      detail: one.verificationMethod,
      told: { kind: 'removed', method: one.verificationMethod, email: one.email },
    };
  },
  'new-codes': (situation) => {
    const { ports, user, instance, now } = situation;
    if (!canMakeCodes(situation)) throw new StepwardError('method_not_permitted', '`RECOVERY_CODE` is not available');
    // each set is mailed about: as many as ceremonies may be started
    if (instance.ceremoniesStarted >= mostStarted) throw new StepwardError('method_not_permitted', 'too many changes in one visit');
    const made = withRecoveryCodes(ports, user, now);
    return {
      user: forgetFactorTrust(made.user, now),
      events: made.events,
      instance: {
        sealedRecoveryCodes: ports.secrets.seal(`recovery:${instance.instanceId}`, made.codes.join(' ')),
        ceremoniesStarted: instance.ceremoniesStarted + 1,
      },
      did: 'recovery-codes-made',
      told: { kind: 'recovery-codes-made', method: 'RECOVERY_CODE' },
    };
  },
  'forget-device': (situation, { deviceId }) => invalidated(situation, [ownDevice(situation, deviceId)]),
  'forget-others': (situation) =>
    invalidated(
      situation,
      liveDevices(situation.user).filter(({ deviceId }) => deviceId !== situation.instance.visit.deviceId),
    ),
  'stop-remembering': (situation, { deviceId }) => {
    const device = ownDevice(situation, deviceId);
    if (device.rememberedUntil === undefined) return undefined;
    return {
      user: rememberDevice(situation.user, deviceId, undefined),
      events: [deviceEvent(situation, device)],
      did: 'device-not-remembered',
    };
  },
};

/**
 * Does what a person asks on the settings page, if a fresh proof stands behind it now; else nothing, and the page asks for one.
 *
 * @throws StepwardError `last_authenticator`; `not_found` for what is not this user's.
 */
export const changeSettings = async (situation: Situation, command: SettingsCommand): Promise<SettingsResult> => {
  const { ports, user, now } = situation;
  const { userId } = user;
  const { action, idempotencyKey } = situation.instance;
  const outcome = await ports.store.transact<SettingsResult & { readonly told?: Change['told']; readonly user?: User }>({
    userId,
    load: { instance: { action, idempotencyKey } },
    run: (loaded) => {
      if (!loaded.instance || !loaded.user) return { answer: {} };
      // a half-done enrollment in another tab does not stand in the way
      const present = { ...situation, user: loaded.user, instance: { ...loaded.instance, openChallengeId: undefined } };
      const at = standing(present);
      if (at.kind === 'choose' && at.purpose === 'confirm') return { answer: { error: 'confirm-again' } };
      if (at.kind !== 'settings') throw new StepwardError('access_denied', 'there are no settings here');
      const run = commands[command.do] as (around: Situation, one: SettingsCommand) => Change | undefined;
      const change = run(present, command);
      if (!change) return { answer: {} };
      const after: Instance = {
        ...loaded.instance,
        ...change.instance,
        timeline: [...loaded.instance.timeline, { at: now, event: change.did, detail: change.detail }].slice(-100),
      };
      return {
        answer: { changed: true, told: change.told, user: change.user },
        changes: { instances: [after], user: change.user, events: change.events },
      };
    },
  });
  const { told } = outcome;
  if (told)
    for (const message of tell({ ...situation, user: outcome.user ?? user }, told.kind, told.method, told.email)) deliver(ports, message);
  return { error: outcome.error, changed: outcome.changed };
};
