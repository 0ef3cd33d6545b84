import { describe, expect, it } from 'vitest';
import { recommend, riskVariables } from '../../../core/risk/index.ts';
import { Unknown } from '../../../core/signals/define.ts';
import { signalByName, signals } from '../../../core/signals/index.ts';
import { createReader } from '../../../core/signals/reader.ts';
import { chrome, facts, fromPublic, given, usableId } from './given.ts';

/** A first sign-in about which everything but history is known. */
const first = given(
  fromPublic({
    request: {
      ipAddress: '203.0.113.7',
      userAgent: 'Mozilla/5.0',
      deviceId: usableId,
      locale: 'pt',
      email: 'a@example.com',
      phoneNumber: '+351910000000',
    },
    agent: chrome,
    claimedDeviceHash: 'c-1',
    addressActivity: { last1m: 1, last1h: 1, last24h: 1, users1h: 1, devices1h: 1, failures1h: 0 },
    deviceActivity: { last1m: 1, last1h: 1, last24h: 1, users90d: 0 },
    ip: facts({
      countryCode: { value: 'PT' },
      asn: { value: 64_496 },
      location: { value: { latitude: 38.7, longitude: -9.1 } },
      isTor: { value: false },
      isVpn: { value: false },
    }),
    listHas: () => false,
  }),
);
const read = createReader(first, () => recommend(read));

describe('cold start', () => {
  it.each([
    'ip.isNew',
    'ip.countryIsNew',
    'ip.asnIsNew',
    'ip.impossibleTravel',
    'ip.atypicalTravel',
    'travel.distanceKm',
    'travel.speedKmh',
    'device.ageHours',
    'device.idleHours',
    'device.userAgentChanged',
    'device.languageChanged',
    'user.idleDays',
    'user.unusualHour',
    'user.lastChallengeMinutes',
    'user.authenticatorAddedHours',
  ])('leaves `%s` unknown', (name) => {
    expect(read(name)).toEqual(new Unknown('cold-start'));
  });

  it('covers every signal that can be cold', () => {
    const cold = signals.filter(({ unknownWhen }) => unknownWhen.includes('cold-start')).map(({ name }) => name);
    for (const name of cold) expect(read(name)).toEqual(new Unknown('cold-start'));
  });

  it.each(signals.filter(({ name, type }) => type === 'number' && /count|failures|^velocity\./i.test(name)))(
    'counts 0 or 1 in $name',
    ({ name }) => {
      expect([0, 1]).toContain(read(name));
    },
  );

  it('scores a first sign-in on a new device 10.9', () => {
    expect(read('risk.score')).toBe(10.9);
    expect(read('risk.level')).toBe('low');
    expect(read('risk.reasons')).toEqual(['DEVICE_NEW']);
  });

  it('scores it 10.9 where nothing at all is known', () => {
    const bare = createReader(given(), () => recommend(bare));
    expect(bare('risk.score')).toBe(10.9);
  });

  it('reads only signals of the index for the score', () => {
    for (const name of riskVariables) expect(signalByName.has(name)).toBe(true);
  });
});
