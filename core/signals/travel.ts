import type { IpFacts } from '../ports/ip-intelligence.ts';
import type { Geo } from '../request.ts';
import { addressGap } from './address-gap.ts';
import { defineSignal, type SignalInput, type SignalType, type SignalValue, Unknown, type UnknownCause, unknown } from './define.ts';
import { isKnownAnonymous } from './ip-network.ts';
import { HOUR } from './recent.ts';

export type Coordinates = { readonly latitude: number; readonly longitude: number };

/** Faster than this between two successes is impossible, km/h. */
export const impossibleSpeedKmh = 900;
/** Farther than this from every known place is atypical, km. */
export const atypicalDistanceKm = 250;
/** Located successes without which nothing is atypical. */
const fewestPlaces = 3;
const earthRadiusKm = 6371.0088;
const radians = Math.PI / 180;

/** Coordinates that name a place: finite, in range, and not the exact (0,0) that broken data give. */
export const isPlace = ({ latitude, longitude }: Coordinates): boolean =>
  Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 && !(latitude === 0 && longitude === 0);

/** Great-circle distance in km (haversine). */
export const distanceKm = (from: Coordinates, to: Coordinates): number => {
  const sinLatitude = Math.sin(((to.latitude - from.latitude) * radians) / 2);
  const sinLongitude = Math.sin(((to.longitude - from.longitude) * radians) / 2);
  const a = sinLatitude * sinLatitude + Math.cos(from.latitude * radians) * Math.cos(to.latitude * radians) * sinLongitude * sinLongitude;
  return 2 * earthRadiusKm * Math.asin(Math.min(1, Math.sqrt(a)));
};

/** Where a public address is, for travel and its history: never that of a known anonymizer. */
export const locate = (ip: IpFacts, geo?: Geo): Coordinates | Unknown => {
  if (isKnownAnonymous(ip)) return unknown('not-in-data-file');
  if ('value' in ip.location) return isPlace(ip.location.value) ? ip.location.value : unknown('not-in-data-file');
  if (geo?.latitude !== undefined && geo.longitude !== undefined) {
    const said = { latitude: geo.latitude, longitude: geo.longitude };
    if (isPlace(said)) return said;
  }
  return unknown(ip.location.unknown);
};

type Travel = { readonly distance: number; readonly speed: number };

const noTravel: Travel = { distance: 0, speed: 0 };

/** From the latest located success to this request. The floor of one hour absorbs errors of IP location. */
const travel = (input: SignalInput): Travel | Unknown => {
  const gap = addressGap(input);
  if (gap !== undefined) return gap;
  const reference = input.user.history.places.at(-1);
  if (reference !== undefined && reference.address === input.addressKey) return noTravel;
  const here = locate(input.ip, input.request.context?.geo);
  if (here instanceof Unknown) return here;
  if (reference === undefined || !isPlace(reference)) return unknown('cold-start');
  const distance = distanceKm(reference, here);
  return { distance, speed: distance / Math.max(Math.abs(input.now - reference.at) / HOUR, 1) };
};

const atypical = (input: SignalInput): boolean | Unknown => {
  const gap = addressGap(input);
  if (gap !== undefined) return gap;
  const places = input.user.history.places.slice(-20);
  const here = locate(input.ip, input.request.context?.geo);
  if (here instanceof Unknown) return here;
  if (places.length < fewestPlaces) return unknown('cold-start');
  return places.every((place) => place.address !== input.addressKey && distanceKm(place, here) > atypicalDistanceKm);
};

const causes: readonly UnknownCause[] = [
  'no-input',
  'unparsable',
  'private-address',
  'no-data-file',
  'stale-data-file',
  'not-in-data-file',
  'source-error',
  'cold-start',
];

const travelSignal = (name: string, label: string, type: SignalType, compute: (input: SignalInput) => SignalValue | Unknown) =>
  defineSignal({ name, label, category: 'IP/Network', type, needs: ['request', 'ip-data', 'user'], unknownWhen: causes, compute });

const ofTravel = (value: (travel: Travel) => SignalValue) => (input: SignalInput) => {
  const found = travel(input);
  return found instanceof Unknown ? found : value(found);
};

export const travelDistanceKm = travelSignal(
  'travel.distanceKm',
  'Distance from the last success, km',
  'number',
  ofTravel((t) => t.distance),
);
export const travelSpeedKmh = travelSignal(
  'travel.speedKmh',
  'Speed since the last success, km/h',
  'number',
  ofTravel((t) => t.speed),
);
export const ipImpossibleTravel = travelSignal(
  'ip.impossibleTravel',
  'Travel is impossible',
  'boolean',
  ofTravel((t) => t.speed > impossibleSpeedKmh),
);
export const ipAtypicalTravel = travelSignal('ip.atypicalTravel', 'Travel is atypical', 'boolean', atypical);
