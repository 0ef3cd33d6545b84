import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evidence, recommend, riskReasons, riskVariables } from '../../../core/risk/index.ts';
import { type SignalValue, unknown } from '../../../core/signals/define.ts';
import { signalByName } from '../../../core/signals/index.ts';

type Known = Readonly<Record<string, SignalValue>>;
/** Everything that is not given is unknown. */
const of =
  (known: Known) =>
  (name: string): SignalValue | ReturnType<typeof unknown> =>
    known[name] ?? unknown('no-input');
const newDevice = { 'device.isNew': true, 'device.isRemembered': false };
const knownDevice = { 'device.isNew': false, 'device.isRemembered': false };
const remembered = { 'device.isNew': false, 'device.isRemembered': true };
const score = (known: Known, settings?: Parameters<typeof recommend>[1]) => recommend(of(known), settings).score;

describe('evidence', () => {
  /** signals-and-risk §8.2, row by row, without familiarity and labels: reason, weight, where it holds, where it just does not. */
  const rows: readonly (readonly [string, number, Known, Known])[] = [
    ['DEVICE_REMEMBERED', -2.5, remembered, knownDevice],
    ['DEVICE_KNOWN', -0.3, knownDevice, newDevice],
    ['DEVICE_NEW', 0.8, newDevice, knownDevice],
    ['DEVICE_BOT', 2.5, { 'device.isBot': true }, { 'device.isBot': false }],
    ['DEVICE_CHANGED', 0.8, { 'device.userAgentChanged': true }, { 'device.userAgentChanged': false }],
    ['DEVICE_SHARED', 0.8, { 'device.userCount': 5 }, { 'device.userCount': 4 }],
    ['IP_TOR', 2.5, { 'ip.isTor': true }, { 'ip.isTor': false }],
    ['IP_PROXY', 1.5, { 'ip.isProxy': true }, { 'ip.isProxy': false }],
    ['IP_VPN', 0.8, { 'ip.isVpn': true }, { 'ip.isVpn': false }],
    ['IP_HOSTING', 0.8, { 'ip.isHosting': true }, { 'ip.isHosting': false }],
    ['IP_RELAY', 0.1, { 'ip.isRelay': true }, { 'ip.isRelay': false }],
    ['TRAVEL_IMPOSSIBLE', 2, { 'ip.impossibleTravel': true }, { 'ip.impossibleTravel': false }],
    ['TRAVEL_ATYPICAL', 0.8, { 'ip.atypicalTravel': true }, { 'ip.atypicalTravel': false }],
    ['VELOCITY_USER', 1.5, { 'velocity.user1m': 5 }, { 'velocity.user1m': 4 }],
    ['VELOCITY_IP', 1.5, { 'ip.userCount1h': 20 }, { 'ip.userCount1h': 19 }],
    ['VELOCITY_DEVICE', 0.8, { 'velocity.device1m': 10 }, { 'velocity.device1m': 9 }],
    ['CHALLENGE_FAILURES', 1.5, { 'challenge.consecutiveFailures': 3 }, { 'challenge.consecutiveFailures': 2 }],
    [
      'AUTHENTICATOR_ADDED',
      1.5,
      { ...newDevice, 'user.authenticatorAddedHours': 23.99 },
      { ...newDevice, 'user.authenticatorAddedHours': 24 },
    ],
    ['EMAIL_DISPOSABLE', 0.4, { 'user.emailIsDisposable': true }, { 'user.emailIsDisposable': false }],
    ['UNUSUAL_HOUR', 0.4, { 'user.unusualHour': true }, { 'user.unusualHour': false }],
    ['LANGUAGE_CHANGED', 0.4, { 'device.languageChanged': true }, { 'device.languageChanged': false }],
    ['HOST_RISK', 1.5, { 'request.hostRiskLevel': 'high' }, { 'request.hostRiskLevel': 'low' }],
    ['HOST_RISK', 0.4, { 'request.hostRiskLevel': 'medium' }, { 'request.hostRiskLevel': 'low' }],
  ];

  it('is exactly this table', () => {
    expect(evidence.map(({ reason, weight }) => [reason, weight])).toEqual(rows.map(([reason, weight]) => [reason, weight]));
    expect(riskReasons).toEqual([...new Set(rows.map(([reason]) => reason))]);
  });

  it.each(rows)('%s weighs %d', (reason, weight, holding, missing) => {
    expect(recommend(of(holding)).contributions).toContainEqual(expect.objectContaining({ reason, logOdds: weight }));
    expect(recommend(of(missing)).reasons).not.toContain(reason);
  });

  it('adds nothing while unknown', () => {
    expect(recommend(of({}))).toEqual({ outcome: 'ALLOW', score: 5.2, level: 'low', reasons: [], contributions: [] });
  });

  it('of an added authenticator counts on a new device alone', () => {
    expect(recommend(of({ ...knownDevice, 'user.authenticatorAddedHours': 1 })).reasons).toEqual(['DEVICE_KNOWN']);
    expect(recommend(of({ 'user.authenticatorAddedHours': 1 })).reasons).toEqual([]);
  });

  it('reads what it says it reads', () => {
    for (const { reads, holds } of evidence) {
      holds((name) => {
        expect(reads).toContain(name);
        return signalByName.get(name)?.type === 'number' ? 1_000 : true;
      });
    }
    expect(riskVariables).toEqual([...new Set(evidence.flatMap(({ reads }) => reads))]);
  });
});

describe('a group', () => {
  it.each([
    [{ 'ip.isTor': true, 'ip.isProxy': true, 'ip.isVpn': true, 'ip.isHosting': true, 'ip.isRelay': true }, 'IP_TOR'],
    [{ 'ip.isProxy': true, 'ip.isVpn': true, 'ip.isRelay': true }, 'IP_PROXY'],
    [{ 'ip.isHosting': true, 'ip.isRelay': true }, 'IP_HOSTING'],
    [{ 'ip.impossibleTravel': true, 'ip.atypicalTravel': true }, 'TRAVEL_IMPOSSIBLE'],
    [{ 'velocity.device1m': 10, 'ip.userCount1h': 20 }, 'VELOCITY_IP'],
  ])('of %j counts its largest: %s', (known, reason) => {
    expect(recommend(of(known)).reasons).toEqual([reason]);
  });

  it('does not weaken another', () => {
    expect(recommend(of({ 'ip.isTor': true, 'ip.impossibleTravel': true, 'velocity.user1m': 5 })).reasons).toEqual([
      'IP_TOR',
      'TRAVEL_IMPOSSIBLE',
      'VELOCITY_USER',
    ]);
  });
});

describe('the score', () => {
  it.each([
    ['no history, new device', newDevice, 10.9],
    ['the same through Tor', { ...newDevice, 'ip.isTor': true }, 59.9],
    ['a known device', knownDevice, 3.9],
    ['a remembered device', remembered, 0.4],
    ['new device and impossible travel', { ...newDevice, 'ip.impossibleTravel': true }, 47.5],
    ['nothing known', {}, 5.2],
  ])('of %s is %d', (_name, known, expected) => {
    expect(score(known)).toBe(expected);
  });

  it.each([
    [-6.9, 0.1],
    [-4.6, 1],
    [-2.9, 5.2],
    [-2.2, 10],
    [0, 50],
  ])('of the bias %d alone, added once, is %d', (bias, expected) => {
    expect(score({}, { bias })).toBe(expected);
  });

  it('is within 0 and 100, and every contribution says the score without it', () => {
    const value = (name: string) => {
      const type = signalByName.get(name)?.type;
      if (type === 'boolean') return fc.constantFrom(true, false, undefined);
      return type === 'number' ? fc.constantFrom(0, 3, 5, 10, 23, 1_000, undefined) : fc.constantFrom('low', 'medium', 'high', undefined);
    };
    const all = fc.record(Object.fromEntries(riskVariables.map((name) => [name, value(name)])));
    fc.assert(
      fc.property(all, (known) => {
        const { contributions, score: total } = recommend(of(known as Known));
        const sum = contributions.reduce((logOdds, c) => logOdds + c.logOdds, -2.9);
        const scoreOf = (logOdds: number) => 100 / (1 + Math.exp(-logOdds));
        expect(total).toBeCloseTo(scoreOf(sum), 1);
        for (const c of contributions) expect(Math.abs(c.scoreWithout - scoreOf(sum - c.logOdds))).toBeLessThan(0.0501);
      }),
    );
  });
});

describe('reasons', () => {
  it('come by size then name, those that lower the risk last', () => {
    const known = {
      ...knownDevice,
      'device.isBot': true,
      'ip.isTor': true,
      'user.unusualHour': true,
      'user.emailIsDisposable': true,
      'ip.impossibleTravel': true,
    };
    const { reasons, contributions } = recommend(of(known));
    expect(reasons).toEqual(['DEVICE_BOT', 'IP_TOR', 'TRAVEL_IMPOSSIBLE', 'EMAIL_DISPOSABLE', 'UNUSUAL_HOUR', 'DEVICE_KNOWN']);
    expect(contributions.map(({ reason }) => reason)).toEqual(reasons);
  });
});

describe('the recommended outcome', () => {
  /** A bias gives any score: ln(p / (1 - p)). */
  const at = (percent: number) => Math.log(percent / (100 - percent));

  it.each([
    [29.9, 'low', 'ALLOW'],
    [30, 'medium', 'CHALLENGE'],
    [84.9, 'medium', 'CHALLENGE'],
    [85, 'high', 'CHALLENGE'],
  ])('at %d is of level %s: %s', (percent, level, outcome) => {
    expect(recommend(of({}), { bias: at(percent) })).toMatchObject({ score: percent, level, outcome });
  });

  it('never reviews, blocks or trusts by default', () => {
    expect(recommend(of({}), { bias: 50 })).toMatchObject({ score: 100, outcome: 'CHALLENGE' });
    expect(recommend(of(remembered), { bias: -50 })).toMatchObject({ score: 0, outcome: 'ALLOW' });
  });

  it('reviews and blocks from its thresholds on', () => {
    const settings = { reviewFrom: 60, blockFrom: 90 };
    expect(recommend(of({}), { ...settings, bias: at(59.9) }).outcome).toBe('CHALLENGE');
    expect(recommend(of({}), { ...settings, bias: at(60) }).outcome).toBe('REVIEW');
    expect(recommend(of({}), { ...settings, bias: at(90) }).outcome).toBe('BLOCK');
  });

  it('trusts below its threshold on a remembered device alone', () => {
    expect(recommend(of(remembered), { trustBelow: 1 }).outcome).toBe('TRUST');
    expect(recommend(of(remembered), { trustBelow: 0.4 }).outcome).toBe('ALLOW');
    expect(recommend(of(knownDevice), { trustBelow: 10 }).outcome).toBe('ALLOW');
    expect(recommend(of({}), { trustBelow: 10 }).outcome).toBe('ALLOW');
    expect(recommend(of({ 'device.isRemembered': true }), { trustBelow: 10 }).outcome).toBe('ALLOW');
  });
});
