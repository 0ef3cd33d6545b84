import { base64url } from '../base64url.ts';
import { deviceSecret, hashDeviceSecret, withDeviceSecret } from '../device-cookie.ts';
import { StepwardError } from '../errors.ts';
import { findDevice, putDevice } from '../history.ts';
import type { Instance } from '../instance.ts';
import { acrOf } from '../policy/assurance.ts';
import { freshProof } from '../policy/freshness.ts';
import type { PolicySet } from '../policy/policies.ts';
import type { Event } from '../ports/store.ts';
import type { User } from '../user.ts';
import type { BrowserRequest } from '../visit-view.ts';
import { challengeLogged } from '../webhooks/challenge-log.ts';
import { asksBeforeSuccess } from '../webhooks/confirmation.ts';
import { configurationOf } from './consume.ts';
import { awaitsBrowser } from './deferral.ts';
import { prepareRedecision, type Redecided } from './redecide.ts';
import type { Situation } from './standing.ts';
import { transition } from './transitions.ts';

/** Characters of a header that are kept. */
export const longestHeader = 1024;
/** How often a visit is bound anew because the settings changed under its decision. */
const attempts = 10;

type Bound = { readonly bound: boolean; readonly setDevice?: string; readonly redecided?: Redecided };

/** What a visit has from now on, sealed: where it returns to, and the `state` of a host that vouched for the browser. */
type Sealed = { readonly redirect?: string; readonly state?: string };

/** Ties a visit to the first browser that opens it. */
export const bindVisit = async (situation: Situation, request: BrowserRequest, hash: string, sealed: Sealed = {}): Promise<Bound> => {
  const { ports } = situation;
  let { set } = situation;
  for (let attempt = 0; attempt < attempts; attempt++) {
    const result = await bind({ ...situation, set }, request, hash, sealed);
    if (result !== 'stale') {
      if (result.redecided) ports.observe(redecisionSeen(result.redecided));
      return result;
    }
    set = await ports.policies.fresh();
  }
  throw new StepwardError('unavailable', 'the settings keep changing, try again', { retryAfter: 1 });
};

/**
 * The first GET: ties the visit to this browser, notes its device, decides again where the host could not see the browser, and ends at
 * once where an earlier proof on that device is fresh.
 */
const bind = async (
  { ports, set, instance: { userId, action, idempotencyKey }, instance: found, now }: Situation,
  request: BrowserRequest,
  hash: string,
  sealed: Sealed,
): Promise<Bound | 'stale'> => {
  const decides = awaitsBrowser(found) && now < found.expiresAt && found.epoch === set.epoch;
  const second = decides ? prepareRedecision(ports, set, found, request, now) : undefined;
  const secret = deviceSecret(ports.secrets, request.device, userId);
  const secretHash = secret === undefined ? undefined : hashDeviceSecret(ports.secrets, secret);
  // in place of the one it has, or its first
  const newSecret = base64url(ports.random.bytes(24));
  const newSecretHash = hashDeviceSecret(ports.secrets, newSecret);
  return ports.store.transact<Bound | 'stale'>({
    userId,
    load: { ...second?.load, instance: { action, idempotencyKey } },
    run: (loaded) => {
      const { instance, user } = loaded;
      if (!instance || !user || instance.consumedAt !== undefined) return { answer: { bound: false } };
      if (second && loaded.revision !== set.revision) return { answer: 'stale' };
      const returning = sealed.redirect === undefined ? instance : { ...instance, redirectUrl: sealed.redirect };
      // another tab of the same browser may have been first
      if (instance.visit.browserHash !== undefined) {
        const bound = instance.visit.browserHash === hash && instance.visit.mode === request.mode;
        return { answer: { bound }, ...(bound && returning !== instance && { changes: { instances: [returning] } }) };
      }
      const device = secretHash === undefined ? undefined : findDevice(user, { secretHash }, now)?.device;
      const rotates = device !== undefined && device.secretHash === secretHash;
      const next: Instance = {
        ...returning,
        visit: {
          browserHash: hash,
          openedAt: now,
          mode: request.mode,
          deviceId: device?.deviceId,
          ipAddress: request.ipAddress,
          userAgent: request.userAgent?.slice(0, longestHeader),
          acceptLanguage: request.acceptLanguage?.slice(0, longestHeader),
          sealedState: sealed.state,
        },
        timeline: [...instance.timeline, { at: now, event: 'opened' }],
      };
      const changed = rotates
        ? putDevice(user, {
            ...device,
            secretHash: newSecretHash,
            previousSecretHash: secretHash,
            rotatedAt: now,
          })
        : user;
      const setDevice = withDeviceSecret(ports.secrets, request.device, userId, newSecret);
      const redecided = second && awaitsBrowser(instance) ? second.decide(loaded, next, changed, device) : undefined;
      if (!redecided) {
        const met = metByDevice(set, changed, next, now);
        return {
          answer: { bound: true, ...(rotates && { setDevice }) },
          changes: { instances: [met], user: changed, events: metLogged(set, next, met, now) },
        };
      }
      // a browser that is let through leaves at once: it becomes a device when the instance is consumed
      const isNew = redecided.instance.state === 'ALLOW' && device === undefined;
      const visit = { ...next.visit, ...(isNew && { deviceSecretHash: newSecretHash }) };
      const after = metByDevice(set, redecided.changes.user ?? changed, { ...redecided.instance, visit }, now);
      return {
        answer: { bound: true, ...((rotates || isNew) && { setDevice }), redecided },
        changes: {
          ...redecided.changes,
          instances: redecided.spent ? [after, redecided.spent] : [after],
          events: [...(redecided.changes.events ?? []), ...metLogged(set, redecided.instance, after, now)],
        },
      };
    },
  });
};

/** What is counted of the page's decision: how it differs from the first. */
const redecisionSeen = ({ instance, previews }: Redecided) => ({
  type: 'redecision',
  action: instance.action,
  first: instance.decision.outcome,
  outcome: instance.outcome,
  previews,
});

const metLogged = (set: PolicySet, before: Instance, met: Instance, now: number): readonly Event[] =>
  met.state === before.state ? [] : challengeLogged(set, met, 'DEVICE_VERIFIED', now, { verificationMethod: 'DEVICE' });

/** Freshness found on opening: the challenge is met by the device, with the time of the proof that it rests on. */
const metByDevice = (set: PolicySet, user: User, instance: Instance, now: number): Instance => {
  if (instance.state !== 'CHALLENGE_REQUIRED' || now >= instance.expiresAt || instance.epoch !== set.epoch) return instance;
  // a server that is to be asked before success would not be asked here
  if (asksBeforeSuccess(set, instance.action)) return instance;
  const device = user.devices.find(({ deviceId }) => deviceId === instance.visit.deviceId);
  const demand = {
    action: instance.action,
    permittedMethods: instance.permittedMethods,
    requestedAcr: instance.requestedAcr,
    maxAge: instance.maxAge,
    hasDisplay: instance.displayHash !== '',
  };
  const proof = freshProof(user, device, configurationOf(set, instance.action, now), demand, now);
  const state = transition(instance.state, 'device-fresh');
  if (!proof || !state) return instance;
  return {
    ...instance,
    state,
    stateUpdatedAt: now,
    finishedAt: now,
    proof: {
      method: 'DEVICE',
      restsOn: proof.method,
      userAuthenticatorId: proof.userAuthenticatorId,
      authTime: proof.authTime,
      acr: acrOf(proof.method, instance.requestedAcr),
      amr: proof.amr,
      onPage: true,
    },
    timeline: [...instance.timeline, { at: now, event: 'challenge-succeeded', detail: 'DEVICE' }],
  };
};
