import type { RequestContext, TrackRequest } from '../../../core/index.ts';
import type { AuthenticationMethod, PostLoginEvent } from './event.ts';
import type { Settings } from './settings.ts';
import { amount, text, texts, time } from './values.ts';

type Seen = readonly [method: string, channel?: 'email' | 'sms'];

/** RFC 8176 values of what Auth0 saw, and the channel of a first factor; a federated login has none. */
const methodValues = new Map<unknown, Seen>([
  ['pwd', ['pwd']],
  ['passkey', ['swk']],
  ['sms', ['sms', 'sms']],
  ['phone_number', ['sms', 'sms']],
  ['email', ['otp', 'email']],
  ['mfa', ['mfa']],
]);
const factorValues = new Map<unknown, Seen>([
  ['otp', ['otp']],
  ['phone', ['sms']],
  ['push-notification', ['swk']],
  ['webauthn-platform', ['hwk']],
  ['webauthn-roaming', ['hwk']],
]);

const methodsIn = ({ authentication }: PostLoginEvent): readonly AuthenticationMethod[] =>
  Array.isArray(authentication?.methods) ? authentication.methods.filter(Boolean) : [];

/** What the user proved to Auth0, each kind with its newest time. */
export const authenticationMethods = (event: PostLoginEvent): RequestContext['authenticationMethods'] => {
  const newest = new Map<Seen, number>();
  for (const { name, type, timestamp } of methodsIn(event))
    for (const seen of [methodValues.get(name), name === 'mfa' && factorValues.get(type)])
      if (seen) newest.set(seen, Math.max(newest.get(seen) ?? 0, time(timestamp) ?? 0));
  return [...newest].map(([[method, channel], at]) => ({ method, channel, at: at > 0 ? new Date(at).toISOString() : undefined }));
};

/** Auth0's confidence is that it is the user: low means high risk. */
const riskLevels = new Map<unknown, 'low' | 'medium' | 'high'>([
  ['low', 'high'],
  ['medium', 'medium'],
  ['high', 'low'],
]);

export const hostRisk = ({ authentication }: PostLoginEvent): RequestContext['hostRisk'] => {
  const level = riskLevels.get(authentication?.riskAssessment?.confidence);
  return level && { source: 'auth0', level };
};

export const geo = ({ request }: PostLoginEvent): RequestContext['geo'] => {
  const at = request?.geoip ?? {};
  const asn = /^(?:AS)?(\d{1,9})$/i.exec(String(request?.asn))?.[1];
  return {
    countryCode: text(at.countryCode, 2),
    region: text(at.subdivisionName),
    city: text(at.cityName),
    latitude: amount(at.latitude, 90),
    longitude: amount(at.longitude, 180),
    asn: asn === undefined ? undefined : Number(asn),
  };
};

// The name under which Auth0 keeps that our challenge was passed.
export const recordedMethod = ({ url }: Settings): string => `${url}/auth0`;

// Data points of Auth0's own, as `datapoints.json` declares them.
export const dataPoints = (event: PostLoginEvent, settings: Settings): TrackRequest['custom'] => {
  const since = (at: number | undefined, unit: number) =>
    at === undefined ? undefined : Math.max(0, Math.floor((Date.now() - at) / unit));
  const secondsSince = (name: string) => {
    const times = methodsIn(event).map((method) => (method.name === name && time(method.timestamp)) || 0);
    return since(Math.max(0, ...times) || undefined, 1000);
  };
  const day = 86_400_000;
  const assessments = event.authentication?.riskAssessment?.assessments ?? {};
  const strategy = text(event.connection?.strategy);
  const points = {
    auth0Connection: text(event.connection?.name),
    auth0Strategy: strategy,
    auth0Organization: text(event.organization?.id),
    auth0Audience: text(event.resource_server?.identifier, 1024),
    auth0Scopes: texts(event.transaction?.requested_scopes),
    auth0StepwardAge: secondsSince(recordedMethod(settings)),
    auth0MfaAge: secondsSince('mfa'),
    auth0NewDevice: text(assessments.NewDevice?.code),
    auth0ImpossibleTravel: text(assessments.ImpossibleTravel?.code),
    auth0UntrustedIp: text(assessments.UntrustedIP?.code),
    auth0Agent: text(assessments.AgentDetection?.code),
    auth0Logins: amount(event.stats?.logins_count),
    auth0AccountAgeDays: since(time(event.user.created_at), day),
    auth0PasswordAgeDays: strategy === 'auth0' ? since(time(event.user.last_password_reset), day) : undefined,
  };
  // what is undefined is not sent
  return points as TrackRequest['custom'];
};
