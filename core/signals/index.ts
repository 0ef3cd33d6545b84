import * as challenge from './challenge.ts';
import { customVariable, type DataPoint } from './data-point.ts';
import type { Need, Signal, Variable } from './define.ts';
import * as device from './device.ts';
import * as agent from './device-agent.ts';
import * as deviceHistory from './device-history.ts';
import * as activity from './ip-activity.ts';
import * as address from './ip-address.ts';
import * as network from './ip-network.ts';
import * as place from './ip-place.ts';
import { recommendationParts } from './recommendation.ts';
import * as request from './request.ts';
import * as time from './time.ts';
import * as travel from './travel.ts';
import * as user from './user.ts';
import * as contact from './user-contact.ts';
import * as velocity from './velocity.ts';

/** Every signal there is. Closed: a rule that names anything else, and no declared data point, is refused. */
export const signals: readonly Signal[] = [
  ...[device.deviceIsNew, device.deviceIsRemembered, device.deviceIsProven, device.deviceId, device.deviceClaimedId],
  ...[deviceHistory.deviceCount, deviceHistory.deviceUserCount, deviceHistory.deviceAgeHours, deviceHistory.deviceIdleHours],
  ...[deviceHistory.deviceUserAgentChanged, deviceHistory.deviceLanguageChanged],
  ...[agent.deviceIsBot, agent.deviceType, agent.deviceOsName, agent.deviceOsVersion, agent.deviceOsMajor],
  ...[agent.deviceBrowserName, agent.deviceBrowserMajor, agent.deviceUserAgent],
  ...[address.ipAddress, address.ipIsPrivate, address.ipIsNew],
  ...[place.ipCountryCode, place.ipCountryCodeInOfacList, place.ipRegion, place.ipCity, place.ipAsn, place.ipAsnName],
  ...[place.ipCountryIsNew, place.ipAsnIsNew],
  ...[network.ipIsTor, network.ipIsVpn, network.ipIsProxy, network.ipIsRelay, network.ipIsHosting, network.ipIsAnonymous],
  ...[activity.ipUserCount1h, activity.ipDeviceCount1h, activity.ipChallengeFailures1h],
  ...[travel.ipImpossibleTravel, travel.ipAtypicalTravel, travel.travelDistanceKm, travel.travelSpeedKmh],
  ...[velocity.velocityUser1m, velocity.velocityUser1h, velocity.velocityUser24h],
  ...[activity.velocityIp1m, activity.velocityIp1h, activity.velocityIp24h],
  ...[velocity.velocityDevice1m, velocity.velocityDevice1h, velocity.velocityDevice24h],
  ...[challenge.challengeFailures1h, challenge.challengeFailures24h, challenge.challengeConsecutiveFailures],
  ...[user.userId, user.userIsEnrolled, user.userVerificationMethods, user.userHasPreviouslyVerified],
  ...[user.userAgeDays, user.userIdleDays, user.userLastChallengeMinutes, user.userAuthenticatorAddedHours, user.userUnusualHour],
  ...[contact.userEmail, contact.userPhoneNumber, contact.userEmailDomain, contact.userEmailIsDisposable, contact.userPhoneCountryCode],
  ...[request.requestEnforcementPoint, request.requestClientId, request.requestFlow],
  ...[request.requestRoles, request.requestGroups, request.requestMethods],
  ...[request.requestHostRiskLevel, request.requestHostRiskScore],
  ...[time.timeHour, time.timeWeekday],
];

export const signalByName: ReadonlyMap<string, Signal> = new Map(signals.map((signal) => [signal.name, signal]));

const fixed: readonly Variable[] = [...signals, ...recommendationParts].map(({ name, type, operators, options }: Variable) => ({
  name,
  type,
  ...(operators && { operators }),
  ...(options && { options }),
}));

/** Everything that a condition may name: the index, the recommendation and the declared data points. */
export const variablesOf = (dataPoints: readonly DataPoint[]): ReadonlyMap<string, Variable> =>
  new Map([...fixed, ...dataPoints.map(customVariable)].map((variable) => [variable.name, variable]));

/** What must be loaded before these variables can be read. `risk.*` needs what the risk model reads: give its variables too. */
export const needsOf = (variables: Iterable<string>): ReadonlySet<Need> => {
  const needs = new Set<Need>();
  for (const name of variables) {
    if (name.startsWith('user.custom.')) needs.add('user');
    for (const need of signalByName.get(name)?.needs ?? []) needs.add(need);
  }
  return needs;
};
