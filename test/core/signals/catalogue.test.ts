import { describe, expect, it } from 'vitest';
import { type SignalInput, type SignalValue, Unknown, type UnknownCause } from '../../../core/signals/define.ts';
import { signalByName, signals, variablesOf } from '../../../core/signals/index.ts';
import { cases } from './catalogue.ts';

/** As signals-and-risk §2 documents them, but counters, labels and familiarity. */
const documented = `
device.isNew:boolean device.isRemembered:boolean device.isProven:boolean device.isBot:boolean device.id:string device.claimedId:string
device.count:number device.userCount:number device.ageHours:number device.idleHours:number device.userAgentChanged:boolean
device.languageChanged:boolean device.type:string device.osName:string device.osVersion:string device.browserName:string
device.browserMajor:number device.osMajor:number device.userAgent:string ip.address:ip ip.isPrivate:boolean ip.countryCode:string
ip.countryCodeInOfacList:boolean ip.region:string ip.city:string ip.asn:number ip.asnName:string ip.isTor:boolean ip.isVpn:boolean
ip.isProxy:boolean ip.isRelay:boolean ip.isHosting:boolean ip.isAnonymous:boolean ip.isNew:boolean ip.countryIsNew:boolean
ip.asnIsNew:boolean ip.userCount1h:number ip.deviceCount1h:number ip.challengeFailures1h:number ip.impossibleTravel:boolean
ip.atypicalTravel:boolean travel.distanceKm:number travel.speedKmh:number velocity.user1m:number velocity.user1h:number
velocity.user24h:number velocity.ip1m:number velocity.ip1h:number velocity.ip24h:number velocity.device1m:number
velocity.device1h:number velocity.device24h:number challenge.failures1h:number challenge.failures24h:number
challenge.consecutiveFailures:number user.id:string user.isEnrolled:boolean user.verificationMethods:strings
user.hasPreviouslyVerified:boolean user.ageDays:number user.idleDays:number user.lastChallengeMinutes:number
user.authenticatorAddedHours:number user.unusualHour:boolean user.email:string user.phoneNumber:string user.emailDomain:string
user.emailIsDisposable:boolean user.phoneCountryCode:string request.enforcementPoint:string request.clientId:string
request.flow:string request.roles:strings request.groups:strings request.methods:strings request.hostRiskLevel:string
request.hostRiskScore:number time.hour:number time.weekday:number`
  .trim()
  .split(/\s+/);

const typeOf = (value: SignalValue): readonly string[] => {
  if (typeof value === 'string') return ['string', 'ip'];
  return typeof value === 'object' ? ['strings'] : [typeof value];
};

describe('the index of signals', () => {
  it('has exactly the documented names and types', () => {
    expect(signals.map(({ name, type }) => `${name}:${type}`).sort()).toEqual(documented.toSorted());
  });

  it('names each signal once', () => {
    expect(signalByName.size).toBe(signals.length);
  });

  it('gives conditions every signal, the recommendation and the declared data points', () => {
    const variables = variablesOf([
      { id: '1', name: 'amount', dataType: 'number', modelType: 'action', createdAt: 0 },
      { id: '2', name: 'roles', dataType: 'multiselect', modelType: 'user', options: ['a'], createdAt: 0 },
    ]);
    expect(variables.size).toBe(signals.length + 5);
    expect(variables.get('custom.amount')).toEqual({ name: 'custom.amount', type: 'number' });
    expect(variables.get('user.custom.roles')).toEqual({ name: 'user.custom.roles', type: 'strings', options: ['a'] });
    expect(variables.get('risk.score')?.type).toBe('number');
    expect(variables.get('risk.level')?.type).toBe('string');
    expect(variables.get('risk.reasons')?.type).toBe('strings');
  });

  it.each(['device.claimedId', 'user.email', 'user.phoneNumber'])('lets only ==, in and inList read `%s` and hides it', (name) => {
    expect(signalByName.get(name)).toMatchObject({ operators: ['==', 'in', 'inList'], sensitive: true });
  });
});

describe.each(signals)('signal $name', ({ name, type, unknownWhen, compute }) => {
  const own = cases.filter(([signal]) => signal === name);

  it.each(own)('%s: %s', (_name, _case, input: SignalInput, expected) => {
    const value = compute(input);
    if (typeof expected === 'object' && 'unknown' in expected) {
      expect(value).toBeInstanceOf(Unknown);
      expect((value as Unknown).cause).toBe(expected.unknown);
    } else {
      expect(value).toEqual(expected);
      expect(typeOf(value as SignalValue)).toContain(type);
    }
  });

  it('has a case of a value and of every cause it declares, and of no other', () => {
    const causes = own.flatMap(([, , , expected]) =>
      typeof expected === 'object' && 'unknown' in expected ? [expected.unknown as UnknownCause] : [],
    );
    expect([...new Set(causes)].sort()).toEqual(unknownWhen.toSorted());
    const values = own.map(([, , , expected]) => expected).filter((expected) => typeof expected !== 'object' || !('unknown' in expected));
    expect(values.length).toBeGreaterThan(0);
    if (type === 'boolean') expect(new Set(values)).toEqual(new Set([true, false]));
  });
});
