import { generateSync } from 'otplib/functional';
import { describe, expect, it } from 'vitest';
import { createAuthenticatorApp } from '../../../adapters/authenticators/authenticator-app.ts';
import { createSecrets } from '../../../adapters/secrets/secrets.ts';
import type { Authenticator } from '../../../core/index.ts';
import { ceremony, enrollmentOf, random, secrets, start, stored, verifiedOf } from './ceremony.ts';
import { fromBase32, totpAt } from './rfc6238.ts';

const method = createAuthenticatorApp({ secrets, random });
const step = 30_000;

const enrolled = async () => {
  const context = ceremony();
  const { kept, shown } = await enrollmentOf(method).start(context);
  const { secret, uri } = shown as { secret: string; uri: string };
  const key = fromBase32(secret);
  const response = totpAt(key, start / 1000);
  const authenticator = stored(await enrollmentOf(method).finish({ context, kept, response }));
  return { authenticator, context, kept, key, secret, uri, response };
};

const tried = async (authenticator: Authenticator, code: string, now: number) =>
  method.verify({ context: ceremony({ now, authenticators: [authenticator] }), kept: {}, response: code });

const used = async (authenticator: Authenticator, code: string, now: number): Promise<Authenticator> => {
  const next = method.accept(authenticator, verifiedOf(await tried(authenticator, code, now)), now);
  if (next === undefined) throw new Error('refused at the last look');
  return next;
};

describe('the independent generator', () => {
  it.each([
    [59, '94287082'],
    [1111111109, '07081804'],
    [1111111111, '14050471'],
    [1234567890, '89005924'],
    [2000000000, '69279037'],
    [20000000000, '65353130'],
  ])('gives the SHA-1 vector of RFC 6238 at %i', (seconds, code) => {
    expect(totpAt(Buffer.from('12345678901234567890'), seconds, 8)).toBe(code);
  });

  it('agrees with the library over many secrets and times', () => {
    for (let round = 0; round < 200; round += 1) {
      const key = random.bytes(20);
      const epoch = 1_700_000_000 + round * 7_919;
      expect(totpAt(key, epoch)).toBe(generateSync({ secret: key, epoch }));
    }
  });
});

describe('TOTP steps', () => {
  const now = start + 10 * step;

  it.each([
    ['the previous step', -1, true],
    ['the present step', 0, true],
    ['the next step', 1, false],
    ['the step before the previous', -2, false],
  ])('%s: %i', async (_, offset, ok) => {
    const { authenticator, key } = await enrolled();
    expect(await tried(authenticator, totpAt(key, (now + offset * step) / 1000), now)).toMatchObject({ ok });
  });

  it('takes the previous step up to the last second of the present one', async () => {
    const { authenticator, key } = await enrolled();
    const code = totpAt(key, start / 1000 + 300);
    expect(await tried(authenticator, code, start + 300_000 + 59_999)).toMatchObject({ ok: true });
    expect(await tried(authenticator, code, start + 300_000 + 60_000)).toMatchObject({ ok: false });
  });

  it('refuses reuse in the same step, and the step before a used one', async () => {
    const { authenticator, key } = await enrolled();
    const after = await used(authenticator, totpAt(key, now / 1000), now);
    expect(await tried(after, totpAt(key, now / 1000), now)).toMatchObject({ ok: false });
    expect(await tried(after, totpAt(key, (now - step) / 1000), now)).toMatchObject({ ok: false });
    expect(await tried(after, totpAt(key, (now + step) / 1000), now + step)).toMatchObject({ ok: true });
  });

  it.each([1_000, step, 10 * step, 3_600_000, 30 * 86_400_000])(
    'never takes a step again after the clock went back by %i ms',
    async (back) => {
      const { authenticator, key } = await enrolled();
      const after = await used(authenticator, totpAt(key, now / 1000), now);
      for (const offset of [-1, 0, 1]) {
        const then = now - back;
        expect(await tried(after, totpAt(key, (then + offset * step) / 1000), then)).toMatchObject({ ok: false });
      }
      expect(await tried(after, totpAt(key, now / 1000), now - back)).toMatchObject({ ok: false });
    },
  );

  it('refuses at the last look a step that another request used meanwhile', async () => {
    const { authenticator, key } = await enrolled();
    const previous = verifiedOf(await tried(authenticator, totpAt(key, (now - step) / 1000), now));
    const present = await used(authenticator, totpAt(key, now / 1000), now);
    expect(method.accept(present, previous, now)).toBeUndefined();
    expect(method.accept(authenticator, previous, now)).toBeDefined();
  });

  it('refuses the code that finished the enrollment', async () => {
    const { authenticator, response } = await enrolled();
    expect(await tried(authenticator, response, start)).toMatchObject({ ok: false });
    expect(await tried(authenticator, response, start + step)).toMatchObject({ ok: false });
  });

  it.each(['12345', '1234567', '12345a', '000000 1', '0x1234', '+12345', '1e5555'])('does not take %j for a code', async (code) => {
    const { authenticator } = await enrolled();
    expect(await tried(authenticator, code, now)).toMatchObject({ ok: false, reason: 'wrong' });
  });

  it('finds the right one of two apps', async () => {
    const [one, two] = [await enrolled(), await enrolled()];
    const context = ceremony({ now, authenticators: [one.authenticator, two.authenticator] });
    const answer = await method.verify({ context, kept: {}, response: totpAt(two.key, now / 1000) });
    expect(answer).toMatchObject({ ok: true, userAuthenticatorId: two.authenticator.userAuthenticatorId });
  });
});

describe('TOTP enrollment', () => {
  it('shows a 160-bit secret and a URI with application and account', async () => {
    const { secret, uri, key } = await enrolled();
    expect(key.length).toBe(20);
    const url = new URL(uri);
    expect(url.protocol).toBe('otpauth:');
    expect(url.host).toBe('totp');
    expect(decodeURIComponent(url.pathname)).toBe('/Example Bank:a•••@e•••.org');
    expect(Object.fromEntries(url.searchParams)).toEqual({ secret, issuer: 'Example Bank', algorithm: 'SHA1', digits: '6', period: '30' });
  });

  it('keeps issuer and account apart whatever they hold', async () => {
    const begun = await enrollmentOf(method).start(ceremony({ applicationName: 'Bank: evil?&secret=AAAA#', account: 'a:b' }));
    const url = new URL((begun.shown as { uri: string }).uri);
    expect(url.searchParams.getAll('secret')).toHaveLength(1);
    expect(decodeURIComponent(url.pathname).split(':')).toHaveLength(2);
  });

  it('makes another secret each time', async () => {
    const made = new Set<string>();
    for (let round = 0; round < 20; round += 1) made.add((await enrolled()).secret);
    expect(made.size).toBe(20);
  });

  it('shows the same again on reload', async () => {
    const context = ceremony();
    const { kept, shown } = await enrollmentOf(method).start(context);
    expect(enrollmentOf(method).show?.(context, JSON.parse(JSON.stringify(kept)))).toEqual(shown);
  });

  it('stores the secret sealed only, for this user only', async () => {
    const { authenticator, context, kept, secret } = await enrolled();
    expect(JSON.stringify([kept, authenticator])).not.toContain(secret);
    const { secret: sealed } = authenticator.data as { secret: string };
    expect(secrets.open('authenticator-app ada', sealed)).toBe(secret);
    expect(() => secrets.open('authenticator-app eve', sealed)).toThrow();
    const eve = ceremony({ userId: 'eve', challengeId: context.challengeId });
    await expect(enrollmentOf(method).finish({ context: eve, kept, response: '123456' })).rejects.toMatchObject({ code: 'internal_error' });
  });

  it('enrolls nothing on a wrong or missing code', async () => {
    const context = ceremony();
    const { kept, shown } = await enrollmentOf(method).start(context);
    const right = totpAt(fromBase32((shown as { secret: string }).secret), start / 1000);
    for (const response of ['000000', undefined, '', {}]) {
      expect(await enrollmentOf(method).finish({ context, kept, response: response === right ? '111111' : response })).toEqual({
        ok: false,
        reason: 'wrong',
      });
    }
  });

  it('still opens what was sealed before a key rotation', async () => {
    const { authenticator, key } = await enrolled();
    const rotated = createAuthenticatorApp({
      secrets: createSecrets({
        keys: [
          { id: 'k2', key: new Uint8Array(32).fill(9) },
          { id: 'k1', key: new Uint8Array(32).fill(7) },
        ],
      }),
      random,
    });
    const context = ceremony({ now: start + step, authenticators: [authenticator] });
    expect(await rotated.verify({ context, kept: {}, response: totpAt(key, (start + step) / 1000) })).toMatchObject({ ok: true });
  });
});
