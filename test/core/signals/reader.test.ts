import { describe, expect, it } from 'vitest';
import type { Recommendation } from '../../../core/decision.ts';
import { type SignalValue, Unknown, unknown, unknownCauses } from '../../../core/signals/define.ts';
import { needsOf } from '../../../core/signals/index.ts';
import { createReader } from '../../../core/signals/reader.ts';
import { recordedOf, snapshotNames, snapshotOf } from '../../../core/signals/snapshot.ts';
import { fromPublic, given } from './given.ts';

const recommendation: Recommendation = { outcome: 'ALLOW', score: 10.9, level: 'low', reasons: ['DEVICE_NEW'], contributions: [] };
const never = (): Recommendation => {
  throw new Error('asked');
};

describe('a reader', () => {
  it('computes a signal when it is first read, and once', () => {
    const asked: string[] = [];
    const input = given(
      fromPublic({
        request: { ipAddress: '203.0.113.7', email: 'a@x.test' },
        listHas: (alias) => {
          asked.push(alias);
          return true;
        },
      }),
    );
    const read = createReader(input, never);
    expect(asked).toEqual([]);
    expect(read('user.emailIsDisposable')).toBe(true);
    expect(read('user.emailIsDisposable')).toBe(true);
    expect(asked).toEqual(['disposable-domains']);
  });

  it('asks for the recommendation when it is first read, and once', () => {
    let asked = 0;
    const read = createReader(given(), () => {
      asked += 1;
      return recommendation;
    });
    read('device.isNew');
    expect(asked).toBe(0);
    expect([read('risk.score'), read('risk.level'), read('risk.reasons')]).toEqual([10.9, 'low', ['DEVICE_NEW']]);
    expect(asked).toBe(1);
  });

  it('reads data points, or why they are unknown', () => {
    const read = createReader(
      given({
        custom: new Map([['amount', 5]]),
        customIgnored: new Map([
          ['limit', 'non-finite'],
          ['note', 'no-input'],
        ]),
        userCustom: new Map([['tier', 'gold']]),
      }),
      never,
    );
    expect(read('custom.amount')).toBe(5);
    expect(read('custom.limit')).toEqual(new Unknown('non-finite'));
    expect(read('custom.note')).toEqual(new Unknown('no-input'));
    expect(read('custom.other')).toEqual(new Unknown('not-declared'));
    expect(read('user.custom.tier')).toBe('gold');
    expect(read('user.custom.other')).toEqual(new Unknown('no-input'));
  });

  it.each(['', '__proto__', 'constructor', 'device', 'device.isnew', 'custom', 'custom.__proto__', 'risk'])('knows no `%s`', (name) => {
    expect(createReader(given(), never)(name)).toEqual(new Unknown('not-declared'));
  });
});

describe('a snapshot', () => {
  it('holds values, causes, and identifiers only as keyed hash', () => {
    const read = createReader(given({ request: { email: 'a@x.test', deviceId: 'raw-device-id' } }), never);
    const snapshot = snapshotOf(
      read,
      snapshotNames(['device.isNew', 'ip.isNew', 'user.email', 'device.claimedId', 'user.phoneNumber']),
      (value) => `#${value.length}`,
    );
    expect(snapshot).toEqual({
      names: 'device.isNew ip.isNew user.email device.claimedId user.phoneNumber',
      values: [true, null, '#8', '#13', null],
      causes: 'ii',
    });
    expect(recordedOf(snapshot)).toEqual({
      'device.isNew': { value: true },
      'ip.isNew': { unknown: 'no-input' },
      'user.email': { value: '#8' },
      'device.claimedId': { value: '#13' },
      'user.phoneNumber': { unknown: 'no-input' },
    });
  });
});

describe('a stored snapshot', () => {
  it.each(unknownCauses)('still says `%s`', (cause) => {
    const values: Readonly<Record<string, SignalValue | Unknown>> = { a: 1, b: unknown(cause), c: ['x', 'y'], d: unknown('no-input') };
    const snapshot = snapshotOf((name) => values[name] ?? unknown('not-declared'), snapshotNames(['a', 'b', 'c', 'd', 'e']), String);
    expect(recordedOf(JSON.parse(JSON.stringify(snapshot)))).toEqual({
      a: { value: 1 },
      b: { unknown: cause },
      c: { value: ['x', 'y'] },
      d: { unknown: 'no-input' },
      e: { unknown: 'not-declared' },
    });
  });
});

describe('needs', () => {
  it('are those of the signals, data points of the user included', () => {
    expect([...needsOf(['time.hour', 'custom.amount', 'risk.score'])]).toEqual([]);
    expect([...needsOf(['user.custom.tier'])]).toEqual(['user']);
    expect([...needsOf(['ip.userCount1h', 'velocity.device1m', 'device.userCount'])].sort()).toEqual([
      'address-users',
      'device-activity',
      'device-users',
      'request',
    ]);
  });
});
