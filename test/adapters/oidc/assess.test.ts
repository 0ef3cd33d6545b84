import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Ask, assess, liftsFor, proofOf } from '../../../adapters/oidc/assess.ts';
import { type FactorLog, type FactorProof, withProof, withUse } from '../../../adapters/oidc/factor-log.ts';
import { type VerificationMethod, verificationMethods } from '../../../core/index.ts';

const aal1 = 'urn:stepward:aal1';
const aal2 = 'urn:stepward:aal2';
const pape = 'http://schemas.openid.net/pape/policies/2007/06/multi-factor';
const second = 1000;
const minute = 60_000;
const hour = 3_600_000;
/** A whole second, some time in 2026. */
const start = 1_790_000_000_000;
/** Unix seconds, so long after the start. */
const unix = (after: number) => (start + after) / 1000;

const signIn = (after: number, amr: readonly string[] = ['pwd']): FactorProof => ({ by: 'upstream', at: start + after, amr });
const proof = (by: VerificationMethod, after: number, amr: readonly string[] = ['otp']): FactorProof => ({ by, at: start + after, amr });
const logOf = (proofs: readonly FactorProof[], usedAt = start): FactorLog => ({
  accountId: 'ann',
  upstream: 'main',
  proofs,
  usedAt,
});
/** What a request that begins so long after the start, and ends `took` later, is told. */
const request = (at: number, more: Partial<Ask> & { readonly took?: number } = {}): Ask => ({
  beganAt: start + at,
  now: start + at + (more.took ?? 0),
  ...more,
});
/** A log as requests make it: each begins, brings its proofs, and has used the session. */
const session = (...requests: readonly { readonly at: number; readonly proofs: readonly FactorProof[] }[]): FactorLog =>
  requests.reduce(
    (log, { at, proofs }) =>
      withUse(
        proofs.reduce((with1, one) => withProof(with1, one, start + at), log),
        start + at,
      ),
    logOf([]),
  );

type Row = { readonly amr: readonly string[]; readonly acr: string; readonly phr?: true; readonly shown: readonly string[] };
/** What each method lifts a password of a trusted upstream to. */
const rows: Readonly<Record<VerificationMethod, Row>> = {
  PASSKEY: { amr: ['swk', 'user', 'mfa'], acr: aal2, phr: true, shown: ['mfa', 'pwd', 'swk', 'user'] },
  SECURITY_KEY: { amr: ['hwk', 'user'], acr: aal2, phr: true, shown: ['hwk', 'mfa', 'pwd', 'user'] },
  AUTHENTICATOR_APP: { amr: ['otp'], acr: aal2, shown: ['mfa', 'otp', 'pwd'] },
  PUSH: { amr: ['swk', 'user'], acr: aal2, shown: ['mfa', 'pwd', 'swk', 'user'] },
  SMS: { amr: ['otp', 'sms'], acr: aal2, shown: ['mfa', 'otp', 'pwd', 'sms'] },
  WHATSAPP: { amr: ['otp'], acr: aal2, shown: ['mfa', 'otp', 'pwd'] },
  EMAIL_OTP: { amr: ['otp'], acr: aal1, shown: ['mfa', 'otp', 'pwd'] },
  EMAIL_MAGIC_LINK: { amr: [], acr: aal1, shown: ['mfa', 'pwd'] },
  RECOVERY_CODE: { amr: [], acr: aal2, shown: ['mfa', 'pwd'] },
  QR_CODE: { amr: ['swk'], acr: aal1, shown: ['mfa', 'pwd', 'swk'] },
};

describe('what a session has proven', () => {
  describe.each(verificationMethods)('%s', (method) => {
    const { amr, acr, phr, shown } = rows[method];
    const log = logOf([signIn(0), proof(method, minute, amr)]);
    it(`lifts a password to ${acr}`, () => {
      expect(assess(log, request(2 * minute))).toEqual({
        met: true,
        acr,
        amr: shown,
        // a passkey needs no password
        authTime: unix(method === 'PASSKEY' ? minute : 0),
      });
      expect(assess(log, request(2 * minute, { requested: [aal2] })).met).toBe(acr === aal2);
    });
    it(phr ? 'is phishing-resistant' : 'is not phishing-resistant', () => {
      expect(assess(log, request(2 * minute, { requested: ['phr'] }))).toMatchObject({ met: phr ?? false, acr: phr ? 'phr' : acr });
    });
    it('reaches neither aal3 nor phrh', () => {
      expect(assess(log, request(2 * minute, { requested: ['urn:stepward:aal3', 'phrh'] }))).toMatchObject({ met: false, acr });
    });
    it(method === 'PASSKEY' ? 'is two factors by itself' : 'signs nobody in by itself', () => {
      const alone = assess(logOf([proof(method, 0, amr)]), request(minute, { requested: [aal2] }));
      expect(alone).toEqual(
        method === 'PASSKEY'
          ? { met: true, acr: aal2, amr: ['mfa', 'swk', 'user'], authTime: unix(0) }
          : { met: false, amr: [], acr: undefined, authTime: undefined },
      );
    });
    it('lifts for a day, and the password lives on', () => {
      const kept = logOf(log.proofs, start + minute + liftsFor * 1000 - 1);
      expect(assess(kept, request(minute + liftsFor * 1000 - 1))).toMatchObject({ acr });
      expect(assess(kept, request(minute + liftsFor * 1000))).toEqual({ met: true, acr: aal1, amr: ['pwd'], authTime: unix(0) });
    });
  });

  it('a mailbox lifts only where the operator says so', () => {
    for (const method of ['EMAIL_OTP', 'EMAIL_MAGIC_LINK'] as const) {
      const log = logOf([signIn(0), proof(method, minute)]);
      expect(assess(log, request(2 * minute, { requested: [aal2], strictEmail: true })).met).toBe(false);
      expect(assess(log, request(2 * minute, { requested: [aal2], strictEmail: false }))).toMatchObject({ met: true, acr: aal2 });
    }
  });
  it('nothing at all where nothing was proven', () => {
    expect(assess(logOf([]), request(0))).toEqual({ met: false, amr: [] });
  });
  it('risk shows as `rba`: of this decision, or of one that led to a proof', () => {
    expect(assess(logOf([signIn(0)]), request(0)).amr).toEqual(['pwd']);
    expect(assess(logOf([signIn(0)]), request(0, { usedRisk: true })).amr).toEqual(['pwd', 'rba']);
    expect(assess(logOf([signIn(0), proof('SMS', 0, ['otp', 'sms', 'rba'])]), request(0)).amr).toEqual(['mfa', 'otp', 'pwd', 'rba', 'sms']);
  });
});

describe('an upstream', () => {
  const totp = proof('AUTHENTICATOR_APP', minute);
  it.each<[string, readonly string[], readonly FactorProof[], string, readonly string[]]>([
    ['that is not believed proves a first factor, whose kind is not said', [], [], aal1, []],
    ['that is not believed is lifted', [], [totp], aal2, ['otp']],
    ['that saw a password', ['pwd'], [], aal1, ['pwd']],
    ['that saw two factors', ['pwd', 'otp'], [], aal2, ['mfa', 'otp', 'pwd']],
    ['that says so without naming them', ['mfa'], [], aal2, ['mfa']],
    ['that names the same factor twice', ['hwk', 'otp'], [], aal1, ['hwk', 'otp']],
    ['whose only factor is held is not lifted by another that is held', ['sms'], [totp], aal1, ['otp', 'sms']],
    ['whose only factor is a face is lifted by one that is held', ['face'], [totp], aal2, ['face', 'mfa', 'otp']],
    ['whose values are not of RFC 8176', ['rsa', 'ngcmfa', '__proto__', 'constructor'], [totp], aal2, ['otp']],
    ['that saw two factors, and none of them a password', ['mfa', 'hwk'], [totp], aal2, ['hwk', 'mfa', 'otp']],
  ])('%s', (_, amr, proofs, acr, shown) => {
    expect(assess(logOf([signIn(0, amr), ...proofs]), request(2 * minute))).toMatchObject({ met: true, acr, amr: shown });
  });
  it('is never phishing-resistant for what it says', () => {
    expect(assess(logOf([signIn(0, ['hwk', 'pwd', 'mfa'])]), request(0, { requested: ['phr'] })).met).toBe(false);
  });
  it('has its second factor believed for a day, and the first for the session', () => {
    const log = logOf([signIn(0, ['pwd', 'otp', 'mfa'])], start + liftsFor * 1000);
    expect(assess(log, request(liftsFor * 1000 - 1))).toMatchObject({ acr: aal2 });
    const later = request(liftsFor * 1000 + minute);
    expect(assess(log, later)).toEqual({ met: true, acr: aal1, amr: ['pwd'], authTime: unix(0) });
    const lifted = withProof(log, proof('SMS', liftsFor * 1000 + minute), later.beganAt);
    expect(assess(lifted, later)).toMatchObject({ acr: aal2, amr: ['mfa', 'otp', 'pwd'], authTime: unix(0) });
  });
});

describe('what is asked for', () => {
  const both = logOf([signIn(0), proof('SECURITY_KEY', minute, ['hwk', 'user'])]);
  const password = logOf([signIn(0)]);
  it.each<[string, FactorLog, Partial<Ask>, boolean, string]>([
    ['nothing: the highest level', both, {}, true, aal2],
    ['an empty list', both, { requested: [] }, true, aal2],
    ['one that is met', both, { requested: [aal1] }, true, aal1],
    ['the first that is met, in the order of the client', both, { requested: ['phrh', 'phr', aal2] }, true, 'phr'],
    ['the other order', both, { requested: [aal2, 'phr'] }, true, aal2],
    ['the name that others have for it', both, { requested: [pape] }, true, aal2],
    ['one out of reach', password, { requested: [aal2] }, false, aal1],
    ['an unknown one beside it', password, { requested: ['gold', aal2] }, false, aal1],
    ['an unknown one before one that is met', both, { requested: ['gold', aal2] }, true, aal2],
    ['unknown ones alone: as if nothing was', both, { requested: ['gold', 'silver'] }, true, aal2],
    ['unknown ones alone, essential', both, { requested: ['gold', 'silver'], essential: true }, false, aal2],
    ['an essential one that is met', both, { requested: ['gold', aal2], essential: true }, true, aal2],
    ['an essential one without values', both, { requested: [], essential: true }, true, aal2],
    [
      'a value that is none of ours but is of every object',
      both,
      { requested: ['constructor', '__proto__'], essential: true },
      false,
      aal2,
    ],
  ])('%s', (_, log, ask, met, acr) => {
    expect(assess(log, request(2 * minute, ask))).toMatchObject({ met, acr });
  });
});

describe('when it was proven', () => {
  const begun = { at: 0, proofs: [signIn(5 * second), proof('SMS', 50 * second)] };

  it('what is proven in one request is one event, dated by the last', () => {
    const log = withProof(withProof(logOf([]), signIn(5 * second), start), proof('SMS', 50 * second), start);
    const ask = request(0, { took: 51 * second, requested: [aal2], maxAge: 0 });
    expect(assess(log, ask)).toMatchObject({ met: true, acr: aal2, authTime: unix(50 * second) });
  });
  it('silent sign-on renews nothing, nor does it age the event', () => {
    const log = session(begun, { at: 10 * minute, proofs: [] }, { at: 20 * minute, proofs: [] });
    expect(assess(log, request(30 * minute))).toMatchObject({ acr: aal2, authTime: unix(50 * second) });
  });
  it('a stolen session and a password do not renew an old second factor', () => {
    const log = session(begun, { at: 30 * minute, proofs: [signIn(30 * minute + second)] });
    const ask = (more: Partial<Ask>) => request(30 * minute, { took: 2 * second, requested: [aal2], ...more });
    expect(assess(log, ask({}))).toMatchObject({ met: true, acr: aal2, authTime: unix(50 * second) });
    expect(assess(log, ask({ maxAge: 60 }))).toEqual({ met: false, acr: aal1, amr: ['pwd'], authTime: unix(30 * minute + second) });
  });
  it('nor does a second factor renew an old password', () => {
    const log = session(begun, { at: 30 * minute, proofs: [proof('SMS', 30 * minute + second)] });
    expect(assess(log, request(30 * minute, { took: 2 * second }))).toMatchObject({ acr: aal2, authTime: unix(50 * second) });
    expect(assess(log, request(30 * minute, { took: 2 * second, maxAge: 60 }))).toEqual({ met: false, amr: [] });
  });
  it('a new password alone, under max_age=0, is aal1 now', () => {
    const log = session(begun, { at: 30 * minute, proofs: [signIn(30 * minute + second)] });
    expect(assess(log, request(30 * minute, { took: 2 * second, maxAge: 0 }))).toEqual({
      met: true,
      acr: aal1,
      amr: ['pwd'],
      authTime: unix(30 * minute + second),
    });
  });
  it('a passkey is both: its time is the time', () => {
    const log = session(
      { at: 0, proofs: [signIn(0)] },
      { at: 30 * minute, proofs: [proof('PASSKEY', 30 * minute, ['swk', 'user', 'mfa'])] },
    );
    for (const requested of [[aal2], ['phr'], [aal1]]) {
      expect(assess(log, request(30 * minute, { took: second, requested, maxAge: 0 }))).toMatchObject({
        met: true,
        acr: requested[0],
        amr: ['mfa', 'swk', 'user'],
        authTime: unix(30 * minute),
      });
    }
  });
  it('of two ways the newer one', () => {
    const key = (at: number) => proof('SECURITY_KEY', at, ['hwk', 'user']);
    const log = session(
      { at: 0, proofs: [signIn(0), key(0)] },
      { at: minute, proofs: [signIn(minute)] },
      { at: hour / 2, proofs: [key(hour / 2)] },
    );
    expect(assess(log, request(hour / 2))).toMatchObject({ acr: aal2, authTime: unix(minute) });
  });
  it('max_age counts back from the begin of the request, whatever the challenge took', () => {
    const log = session(begun);
    const ask = (maxAge: number) => assess(log, request(10 * minute, { took: 5 * minute, requested: [aal2], maxAge }));
    expect(ask(10 * 60 - 50)).toMatchObject({ met: true, authTime: unix(50 * second) });
    expect(ask(10 * 60 - 51)).toEqual({ met: false, amr: [] });
  });
  it('an upstream whose session is older than max_age signs nobody in', () => {
    const log = session({ at: hour, proofs: [signIn(0)] });
    expect(assess(log, request(hour, { maxAge: 10 }))).toEqual({ met: false, amr: [] });
    expect(assess(log, request(hour))).toMatchObject({ met: true, acr: aal1, authTime: unix(0) });
  });
  it('a `maxAge` that is no number lets nothing count', () => {
    expect(assess(session(begun), request(minute, { maxAge: Number.NaN }))).toEqual({ met: false, amr: [] });
  });
  it('an upstream says whole seconds: a sign-in of the second in which the request began belongs to it', () => {
    const log = withProof(logOf([]), signIn(0), start + 700);
    expect(assess(log, { beganAt: start + 700, now: start + 900, maxAge: 0 })).toMatchObject({ met: true, authTime: unix(0) });
  });
  it('what was proven in the request of another tab, before this one began, is older than it', () => {
    const log = session({ at: 0, proofs: [signIn(5 * second), proof('SMS', 50 * second)] });
    expect(assess(log, request(30 * second, { took: minute, requested: [aal2], maxAge: 0 }))).toEqual({ met: false, amr: [] });
  });
});

describe('a pause of more than an hour', () => {
  const log = session({ at: 0, proofs: [signIn(0), proof('SMS', 0)] });
  it('ends what lifted', () => {
    expect(assess(log, request(hour)).acr).toBe(aal2);
    expect(assess(log, request(hour + 1))).toMatchObject({ acr: aal1, amr: ['pwd'] });
  });
  it('for good: using the session afterwards, or a password, brings it not back', () => {
    const used = session({ at: 0, proofs: [...log.proofs] }, { at: hour + 1, proofs: [] });
    expect(assess(used, request(hour + minute)).acr).toBe(aal1);
    const again = session(
      { at: 0, proofs: [...log.proofs] },
      { at: hour + 1, proofs: [signIn(hour + 2)] },
      { at: 90 * minute, proofs: [] },
    );
    expect(assess(again, request(2 * hour)).acr).toBe(aal1);
  });
  it('not before: each use counts', () => {
    const used = session({ at: 0, proofs: [...log.proofs] }, { at: 50 * minute, proofs: [] }, { at: 100 * minute, proofs: [] });
    expect(assess(used, request(150 * minute)).acr).toBe(aal2);
  });
  it('what is proven after it lifts, by a remembered device too', () => {
    const remembered = proof('SMS', 0);
    const later = withProof(log, remembered, start + 2 * hour);
    expect(assess(withUse(later, start + 2 * hour), request(2 * hour))).toMatchObject({ acr: aal2, authTime: unix(0) });
    const fresh = withProof(log, proof('SMS', 2 * hour + second), start + 2 * hour);
    expect(assess(fresh, request(2 * hour, { took: 2 * second }))).toMatchObject({ acr: aal2, authTime: unix(0) });
  });
});

describe('a clock that is set back', () => {
  const log = session({ at: hour, proofs: [signIn(hour), proof('SMS', hour)] });
  it('makes nothing that was proven before it newer: it counts no more', () => {
    expect(assess(log, request(0, { maxAge: 0 }))).toEqual({ met: false, amr: [] });
    expect(assess(log, request(0))).toEqual({ met: false, amr: [] });
  });
  it('a new sign-in counts, and is not lifted by what was before', () => {
    expect(assess(withProof(log, signIn(second), start), request(0, { took: 2 * second }))).toMatchObject({
      met: true,
      acr: aal1,
      authTime: unix(second),
    });
  });
  it('what two nodes differ by is no matter, and no time in the future is told', () => {
    expect(assess(log, request(hour - 30 * second))).toMatchObject({ acr: aal2, authTime: unix(hour - 30 * second) });
  });
});

describe('the proof that an answer carries', () => {
  const authTime = new Date(start).toISOString();
  it('is of its method, and of a remembered device that of the earlier proof', () => {
    const proven = { by: 'SMS', at: start, amr: ['otp', 'sms'], instance: 'signIn/k' };
    expect(proofOf({ verificationMethod: 'SMS', amr: ['otp', 'sms'], authTime }, 'signIn/k')).toEqual(proven);
    expect(proofOf({ verificationMethod: 'DEVICE', restsOn: 'SMS', amr: ['otp', 'sms'], authTime }, 'signIn/k')).toEqual(proven);
  });
  it('a device that rests on nothing proves nothing, nor does an answer without a proof', () => {
    expect(proofOf({ verificationMethod: 'DEVICE', authTime }, 'signIn/k')).toBeUndefined();
    expect(proofOf({ amr: ['rba'] }, 'signIn/k')).toBeUndefined();
    expect(proofOf({ verificationMethod: 'SMS' }, 'signIn/k')).toBeUndefined();
  });
});

describe('the log', () => {
  it('the same proof again changes nothing', () => {
    const log = withProof(logOf([]), signIn(second), start);
    expect(withProof(log, signIn(second), start)).toEqual(log);
  });
  it('does not grow with every login', () => {
    const requests = Array.from({ length: 50 }, (_, index) => ({
      at: index * minute,
      proofs: [signIn(index * minute), proof('SMS', index * minute)],
    }));
    expect(session(...requests).proofs).toHaveLength(2);
    const silent = Array.from({ length: 50 }, (_, index) => ({ at: index * minute, proofs: [signIn(0)] }));
    expect(session(...silent).proofs.length).toBeLessThan(3);
  });
  it('a sign-in of another tab takes no place in an event that went on after it', () => {
    const log = session(
      { at: 0, proofs: [signIn(5 * second), proof('SMS', 50 * second)] },
      { at: 20 * second, proofs: [signIn(30 * second)] },
    );
    expect(assess(log, request(minute))).toMatchObject({ acr: aal2, authTime: unix(50 * second) });
  });
  it('nor does a proof of before a pause take the place of one that a device brought after it', () => {
    const log = withUse(withProof(withUse(logOf([signIn(0)]), start), proof('SMS', 0), start + 2 * hour), start + 2 * hour);
    const late = withProof(log, proof('SMS', 30 * minute), start + 29 * minute);
    expect(assess(late, request(2 * hour))).toMatchObject({ acr: aal2 });
  });
  it('a sign-in with less does not take the place of one with more', () => {
    const log = session({ at: 0, proofs: [signIn(0, ['pwd', 'otp'])] }, { at: minute, proofs: [signIn(minute)] });
    expect(assess(log, request(minute))).toMatchObject({ acr: aal2, authTime: unix(0) });
  });
});

describe('for every session', () => {
  const methods = ['upstream', ...verificationMethods] as const;
  const amrs = [['pwd'], ['otp'], ['pwd', 'otp', 'mfa'], []] as const;
  const levels: readonly (string | undefined)[] = [undefined, aal1, aal2];
  const anyProof = fc
    .record({
      by: fc.constantFrom(...methods),
      at: fc.integer({ min: 0, max: 30 * 60 }).map((minutes) => start + minutes * minute),
      amr: fc.constantFrom(...amrs),
      taken: fc.option(
        fc.integer({ min: 0, max: 30 * 60 }).map((minutes) => start + minutes * minute),
        { nil: undefined },
      ),
      later: fc.option(fc.integer({ min: 0, max: 10 }), { nil: undefined }),
    })
    .map(({ later, ...one }): FactorProof => ({ ...one, dated: later === undefined ? undefined : one.at + later * minute }));
  const anyLog = fc.record({
    proofs: fc.array(anyProof, { maxLength: 6 }),
    usedAt: fc.integer({ min: 0, max: 30 }).map((hours) => start + hours * hour),
    awakeSince: fc.option(
      fc.integer({ min: 0, max: 30 }).map((hours) => start + hours * hour),
      { nil: undefined },
    ),
  });
  /** Asked when all of it was given. */
  const anyAsk = fc.record({
    requested: fc.subarray([aal1, aal2, 'phr', 'gold']),
    maxAge: fc.option(fc.integer({ min: 0, max: 40 * 3600 }), { nil: undefined }),
    beganAt: fc.integer({ min: 0, max: 30 * 60 }).map((minutes) => start + minutes * minute),
    took: fc.integer({ min: 30 * hour, max: 31 * hour }),
  });
  const asked = ({ took, ...ask }: { readonly took: number; readonly beganAt: number }): Ask => ({ ...ask, now: start + took });
  const full = (log: Omit<FactorLog, 'accountId' | 'upstream'>): FactorLog => ({ ...logOf([]), ...log });
  const rank = ({ acr }: { readonly acr?: string }) => levels.indexOf(acr);

  it('a proof more never lowers', () => {
    fc.assert(
      fc.property(anyLog, anyProof, anyAsk, (log, more, ask) => {
        const with1 = { ...log, proofs: [...log.proofs, more] };
        const [before, now] = [assess(full(log), asked(ask)), assess(full(with1), asked(ask))];
        if (before.met) expect(now.met).toBe(true);
        const level = { ...asked(ask), requested: [] };
        expect(rank(assess(full(with1), level))).toBeGreaterThanOrEqual(rank(assess(full(log), level)));
      }),
    );
  });
  it('nor does what the log leaves out when it takes one in', () => {
    fc.assert(
      fc.property(anyLog, anyProof, anyAsk, (log, more, ask) => {
        const taken = ask.beganAt;
        const all = { ...full(log), proofs: [...log.proofs, { ...more, taken }] };
        const [kept, whole] = [withProof(full(log), more, taken), all].map((one) => assess(one, asked(ask)));
        if (whole?.met) expect(kept?.met).toBe(true);
        if (whole?.acr === kept?.acr) expect(kept?.authTime ?? 0).toBeGreaterThanOrEqual(whole?.authTime ?? 0);
        const [keptLevel, level] = [withProof(full(log), more, taken), all].map((one) =>
          rank(assess(one, { ...asked(ask), requested: [] })),
        );
        expect(keptLevel).toBeGreaterThanOrEqual(level ?? 0);
      }),
    );
  });
  it('time passing never raises', () => {
    fc.assert(
      fc.property(anyLog, anyAsk, fc.integer({ min: 0, max: 40 * 60 }), (log, ask, minutes) => {
        const now = asked(ask);
        const later = { ...now, now: now.now + minutes * minute };
        const next = { ...later, beganAt: now.beganAt + minutes * minute };
        for (const one of [later, next]) {
          if (assess(full(log), one).met) expect(assess(full(log), now).met).toBe(true);
        }
        const level = (one: Ask) => rank(assess(full(log), { ...one, requested: [], maxAge: undefined }));
        expect(level(later)).toBeLessThanOrEqual(level(now));
        expect(level(next)).toBeLessThanOrEqual(level(now));
      }),
      { numRuns: 1000 },
    );
  });
  it('using it never raises', () => {
    fc.assert(
      fc.property(anyLog, anyAsk, (log, ask) => {
        const now = asked(ask);
        expect(rank(assess(withUse(full(log), now.beganAt), { ...now, requested: [] }))).toBeLessThanOrEqual(
          rank(assess(full(log), { ...now, requested: [] })),
        );
      }),
    );
  });
  it('`authTime` is never newer than the oldest that is needed: what is newer does not reach the acr', () => {
    fc.assert(
      fc.property(anyLog, anyAsk, (log, ask) => {
        // each proof its own event, so that its date is its time
        const apart = full({ ...log, proofs: log.proofs.map((one) => ({ ...one, dated: undefined })) });
        const now = { ...asked(ask), beganAt: start + ask.took };
        const { acr, authTime } = assess(apart, now);
        if (acr === undefined || authTime === undefined) return;
        const newer = { ...apart, proofs: apart.proofs.filter(({ at }) => at > authTime * 1000) };
        expect(assess(newer, { ...now, requested: [acr], essential: true }).met).toBe(false);
      }),
    );
  });
  it('the order of the proofs is of no matter', () => {
    fc.assert(
      fc.property(
        anyLog.chain((log) => fc.tuple(fc.constant(log), fc.shuffledSubarray([...log.proofs], { minLength: log.proofs.length }))),
        anyAsk,
        ([log, shuffled], ask) => {
          expect(assess(full({ ...log, proofs: shuffled }), asked(ask))).toEqual(assess(full(log), asked(ask)));
        },
      ),
    );
  });
});
