import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Unknown } from '../../../core/signals/define.ts';
import { signalByName } from '../../../core/signals/index.ts';
import { distanceKm, locate } from '../../../core/signals/travel.ts';
import { facts, fromPrivate, fromPublic, given, HOUR, history, MINUTE, now } from './given.ts';

type Coordinates = { readonly latitude: number; readonly longitude: number };
const lisbon = { latitude: 38.7223, longitude: -9.1393 };
const tokyo = { latitude: 35.6762, longitude: 139.6503 };
/** 899 and 901 km due north of Lisbon, at 111.195 km a degree. */
const north = (km: number) => ({ latitude: lisbon.latitude + km / 111.19508, longitude: lisbon.longitude });

const read = (name: string, here: Coordinates | undefined, from: Coordinates, ago: number, change: object = {}) => {
  const input = given(
    fromPublic({
      ip: facts(here === undefined ? {} : { location: { value: here } }),
      user: { history: history({ places: [{ at: now - ago, address: '192.0.2.1', ...from }] }) },
      ...change,
    }),
  );
  const value = signalByName.get(name)?.compute(input);
  return value instanceof Unknown ? value.cause : value;
};
const impossible = (here: Coordinates | undefined, from: Coordinates, ago: number, change?: object) =>
  read('ip.impossibleTravel', here, from, ago, change);

describe('distance', () => {
  it('is that of the great circle on the mean radius', () => {
    expect(distanceKm(lisbon, tokyo)).toBeCloseTo(11_147, -1);
    expect(distanceKm({ latitude: 0, longitude: 1 }, { latitude: 0, longitude: 2 })).toBeCloseTo(111.195, 3);
  });

  it.each([
    ['pole to pole', { latitude: 90, longitude: 0 }, { latitude: -90, longitude: 77 }, 20_015.1],
    ['one pole, any longitude', { latitude: 90, longitude: -170 }, { latitude: 90, longitude: 30 }, 0],
    ['over the antimeridian', { latitude: 0, longitude: 179.5 }, { latitude: 0, longitude: -179.5 }, 111.195],
    ['antipodes', { latitude: 1, longitude: 0 }, { latitude: -1, longitude: 180 }, 20_015.1],
    ['nowhere', lisbon, lisbon, 0],
  ])('%s', (_name, from, to, km) => {
    expect(distanceKm(from, to)).toBeCloseTo(km, 1);
  });

  it('is symmetric, finite and at most half the circumference', () => {
    const place = fc.record({
      latitude: fc.double({ min: -90, max: 90, noNaN: true }),
      longitude: fc.double({ min: -180, max: 180, noNaN: true }),
    });
    fc.assert(
      fc.property(place, place, (from, to) => {
        const there = distanceKm(from, to);
        return there >= 0 && there <= 20_015.2 && Math.abs(there - distanceKm(to, from)) < 1e-6;
      }),
    );
  });
});

describe('impossible travel', () => {
  it.each([
    ['two continents at once', 0, true],
    ['59 minutes', 59 * MINUTE, true],
    ['61 minutes', 61 * MINUTE, true],
    ['12 hours 22 minutes', 12 * HOUR + 22 * MINUTE, true],
    ['12 hours 24 minutes', 12 * HOUR + 24 * MINUTE, false],
    ['out of order by an hour', -HOUR, true],
    ['out of order by a day', -24 * HOUR, false],
  ])('between continents: %s', (_name, ago, expected) => {
    expect(impossible(lisbon, tokyo, ago)).toBe(expected);
  });

  it.each([
    [899, 0, false],
    [901, 0, true],
    [899, 59 * MINUTE, false],
    [901, 59 * MINUTE, true],
    [901, 61 * MINUTE, false],
    [916, 61 * MINUTE, true],
  ])('%d km in %d ms: the floor is one hour, hours are not truncated', (km, ago, expected) => {
    expect(impossible(north(km), lisbon, ago)).toBe(expected);
  });

  it('is no matter of one address, wherever it is thought to be now', () => {
    const places = [{ at: now, address: '203.0.113.7', ...tokyo }];
    expect(impossible(lisbon, tokyo, 0, { user: { history: history({ places }) } })).toBe(false);
    expect(read('travel.distanceKm', lisbon, tokyo, 0, { user: { history: history({ places }) } })).toBe(0);
    expect(read('travel.speedKmh', undefined, tokyo, 0, { user: { history: history({ places }) } })).toBe(0);
  });

  it('is measured from the latest located success', () => {
    const places = [
      { at: now - 30 * HOUR, address: '192.0.2.1', ...tokyo },
      { at: now - HOUR, address: '192.0.2.2', ...north(10) },
    ];
    expect(read('travel.distanceKm', lisbon, tokyo, 0, { user: { history: history({ places }) } })).toBeCloseTo(10, 1);
  });
});

describe('travel is unknown, never far', () => {
  it.each([
    ['without coordinates', undefined, 'no-data-file'],
    ['at exactly (0,0)', { latitude: 0, longitude: 0 }, 'not-in-data-file'],
    ['at NaN', { latitude: Number.NaN, longitude: 1 }, 'not-in-data-file'],
    ['beyond the pole', { latitude: 90.001, longitude: 1 }, 'not-in-data-file'],
    ['beyond the antimeridian', { latitude: 1, longitude: -180.001 }, 'not-in-data-file'],
  ])('%s', (_name, here, cause) => {
    for (const name of ['travel.distanceKm', 'travel.speedKmh', 'ip.impossibleTravel', 'ip.atypicalTravel']) {
      expect(read(name, here, tokyo, 0)).toBe(cause);
    }
  });

  it.each([
    ['(0,0)', { latitude: 0, longitude: 0 }],
    ['NaN', { latitude: 1, longitude: Number.NaN }],
  ])('where the last success is kept at %s', (_name, from) => {
    expect(impossible(lisbon, from, 0)).toBe('cold-start');
  });

  it.each(['10.0.0.7', '100.64.1.1'])('from the private address %s, whatever the host says', (address) => {
    const context = { geo: { latitude: lisbon.latitude, longitude: lisbon.longitude } };
    expect(impossible(lisbon, tokyo, 0, { ...fromPrivate, request: { ipAddress: address, context }, address, addressKey: undefined })).toBe(
      'private-address',
    );
  });

  it.each(['isTor', 'isVpn', 'isProxy', 'isRelay'])('from a known anonymizer (%s)', (fact) => {
    expect(impossible(lisbon, tokyo, 0, { ip: facts({ location: { value: lisbon }, [fact]: { value: true } }) })).toBe('not-in-data-file');
  });

  it('but is known from a hosting network', () => {
    expect(impossible(lisbon, tokyo, 0, { ip: facts({ location: { value: lisbon }, isHosting: { value: true } }) })).toBe(true);
  });
});

describe('atypical travel', () => {
  const at = (km: number, count: number) =>
    Array.from({ length: count }, (_, index) => ({ at: now - (count - index) * HOUR, address: `192.0.2.${index}`, ...north(km) }));
  const atypical = (places: ReturnType<typeof at>) =>
    read('ip.atypicalTravel', lisbon, tokyo, 0, { user: { history: history({ places }) } });

  it.each([
    [249, 3, false],
    [251, 3, true],
    [251, 2, 'cold-start'],
    [251, 0, 'cold-start'],
  ])('%d km from each of %d places', (km, count, expected) => {
    expect(atypical(at(km, count))).toBe(expected);
  });

  it('looks at the last 20 alone', () => {
    expect(atypical([...at(10, 1), ...at(300, 19)])).toBe(false);
    expect(atypical([...at(10, 1), ...at(300, 20)])).toBe(true);
  });
});

describe('where a success is located', () => {
  it('comes from local data, else from the host', () => {
    expect(locate(facts({ location: { value: lisbon } }), tokyo)).toEqual(lisbon);
    expect(locate(facts({}), tokyo)).toEqual(tokyo);
    expect(locate(facts({}), { latitude: 0, longitude: 0 })).toBeInstanceOf(Unknown);
    expect(locate(facts({}), { latitude: 1 })).toBeInstanceOf(Unknown);
  });

  it('is never that of an anonymizer', () => {
    expect(locate(facts({ location: { value: lisbon }, isVpn: { value: true } }))).toBeInstanceOf(Unknown);
  });
});
