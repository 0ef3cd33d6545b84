import type { ActionConfiguration } from './action.ts';
import { type LearnFrom, learn, putDevice, rememberDevice } from './history.ts';
import type { Instance } from './instance.ts';
import type { Prepared } from './prepare.ts';
import { addressKey, canonicalAddress, isPrivateAddress } from './rules/address.ts';
import type { Ports } from './settings.ts';
import { Unknown } from './signals/define.ts';
import { ipFactsUnknown } from './signals/ip-facts.ts';
import { placeFact } from './signals/ip-place.ts';
import { baseLanguage, requestLanguage } from './signals/language.ts';
import { locate } from './signals/travel.ts';
import type { User } from './user.ts';

type Surroundings = Pick<LearnFrom, 'addressKey' | 'countryCode' | 'asn' | 'location' | 'browserFamily' | 'osFamily' | 'language'>;

const known = <T>(value: T | Unknown): T | undefined => (value instanceof Unknown ? undefined : value);
const nowhere = ipFactsUnknown('private-address');

const surroundingsOf = (
  ports: Ports,
  address: string | undefined,
  userAgent: string | undefined,
  language: string | undefined,
): Surroundings => {
  const canonical = address === undefined ? undefined : canonicalAddress(address);
  const isPublic = canonical !== undefined && !isPrivateAddress(canonical);
  const ip = isPublic ? ports.ip.lookup(canonical) : nowhere;
  const agent = userAgent ? ports.agents.parse(userAgent.slice(0, 1024)) : undefined;
  return {
    addressKey: isPublic ? addressKey(canonical) : undefined,
    countryCode: known(placeFact('countryCode', ip, undefined)),
    asn: known(placeFact('asn', ip, undefined)),
    location: known(locate(ip)),
    browserFamily: agent?.browserName,
    osFamily: agent?.osName,
    language,
  };
};

/** What an ALLOW at track teaches: what track itself reported. */
export const learnAtTrack = (user: User, prepared: Prepared, newDeviceId: string, now: number): User => {
  const { ip, request, deviceHash } = prepared;
  const vouched = request.context?.deviceVouched === true;
  return learn(user, {
    now,
    action: request.action,
    addressKey: prepared.addressKey,
    // a place is of an address: without a public one the host's geography teaches nothing
    ...(prepared.addressKey && {
      countryCode: known(placeFact('countryCode', ip, request.context?.geo)),
      asn: known(placeFact('asn', ip, request.context?.geo)),
      location: known(locate(ip, request.context?.geo)),
    }),
    browserFamily: prepared.agent?.browserName,
    osFamily: prepared.agent?.osName,
    language: requestLanguage(request),
    deviceIds: { newDeviceId, ...(deviceHash && (vouched ? { vouchedHash: deviceHash } : { claimedHash: deviceHash })) },
    finishedByChallenge: false,
  });
};

const prefix = (address: string | undefined): string | undefined => {
  const canonical = address === undefined ? undefined : canonicalAddress(address);
  if (canonical === undefined) return undefined;
  if (canonical === '::1' || canonical.startsWith('127.')) return 'loopback';
  return canonical.includes(':')
    ? (addressKey(canonical) ?? canonical).split(':').slice(0, 3).join(':')
    : canonical.split('.').slice(0, 3).join('.');
};

/** Same /24 or /48 (loopback counts as one) and same agent family; a side with neither is not the same. */
export const sameSurroundings = (ports: Ports, a: { readonly ipAddress?: string; readonly userAgent?: string }, b: typeof a): boolean => {
  const [left, right] = [prefix(a.ipAddress), prefix(b.ipAddress)];
  const family = (userAgent: string | undefined) => (userAgent ? ports.agents.parse(userAgent.slice(0, 1024)).browserName : undefined);
  const [leftFamily, rightFamily] = [family(a.userAgent), family(b.userAgent)];
  return left !== undefined && left === right && leftFamily !== undefined && leftFamily === rightFamily;
};

/**
 * What a consumed instance teaches. Finished on a page, it teaches the finishing browser; what track claimed only if the caller
 * showed that it is the same login (`trusted`), or the two look alike. Else whoever forwards a link would make his device familiar.
 */
export const learnAtConsume = (
  ports: Ports,
  user: User,
  instance: Instance,
  configuration: ActionConfiguration,
  trusted: boolean,
  newDeviceId: string,
  now: number,
): User => {
  if (instance.learnt || (configuration.learn === 'proof' && instance.state !== 'CHALLENGE_SUCCEEDED')) return user;
  const onPage = instance.proof ? instance.proof.onPage : instance.deferredDecision !== undefined;
  // a page that was opened and left has not seen who finished it elsewhere
  const visit = instance.state === 'CHALLENGE_SUCCEEDED' && !onPage ? {} : instance.visit;
  const believesTrack = !onPage || trusted || sameSurroundings(ports, instance, visit);
  const seen = onPage ? visit : instance;
  const surroundings = surroundingsOf(ports, seen.ipAddress, seen.userAgent, baseLanguage(instance.locale ?? seen.acceptLanguage));
  const cookieDeviceId = visit.deviceId ?? (visit.deviceSecretHash ? newDeviceId : undefined);
  let known = user;
  if (visit.deviceSecretHash) {
    const record = known.devices.find(({ deviceId }) => deviceId === cookieDeviceId) ?? {
      deviceId: newDeviceId,
      createdAt: now,
      claimedHashes: [],
      vouchedHashes: [],
      proofs: [],
    };
    known = putDevice(known, { ...record, secretHash: visit.deviceSecretHash });
  }
  const { claimedDeviceHash, proof } = instance;
  const presented =
    believesTrack && claimedDeviceHash
      ? instance.deviceVouched
        ? { vouchedHash: claimedDeviceHash }
        : { claimedHash: claimedDeviceHash }
      : {};
  const proven = proof && proof.method !== 'DEVICE' && proof.userAuthenticatorId !== undefined ? proof : undefined;
  const learnt = learn(known, {
    now,
    action: instance.action,
    ...surroundings,
    deviceIds: { newDeviceId, cookieDeviceId, ...presented },
    finishedByChallenge: instance.state === 'CHALLENGE_SUCCEEDED',
    ...(proven &&
      proven.method !== 'DEVICE' && {
        proof: {
          action: instance.action,
          method: proven.method,
          userAuthenticatorId: proven.userAuthenticatorId ?? '',
          authTime: proven.authTime,
          acr: proven.acr ?? '',
          amr: proven.amr,
        },
      }),
  });
  // what was voided since the proof (a BLOCK, a factor change) is not remembered after all
  const mayRemember = visit.remember && configuration.rememberDevice.enabled && (proof?.authTime ?? 0) >= user.proofsVoidBefore;
  if (!mayRemember || !cookieDeviceId) return learnt;
  return rememberDevice(learnt, cookieDeviceId, now + configuration.rememberDevice.days * 86_400_000);
};
