import { describe, expect, it } from 'vitest';
import { createEmailOtp } from '../../../adapters/authenticators/email-otp.ts';
import { type Authenticator, catalogues, type DisplayItem, languages } from '../../../core/index.ts';
import type { Message } from '../../../core/ports/delivery.ts';
import { ceremony, codeIn, displayHash, enrollmentOf, random, secrets, start } from './ceremony.ts';

const method = createEmailOtp({ secrets, random });
const minute = 60_000;

const address = (email: string, changes: Partial<Authenticator> = {}): Authenticator => ({
  userAuthenticatorId: random.uuid(start),
  verificationMethod: 'EMAIL_OTP',
  createdAt: start,
  email,
  ...changes,
});

const messageFor = async (changes: Parameters<typeof ceremony>[0] = {}): Promise<Message & { readonly code: string }> => {
  const started = await method.challenge(ceremony({ authenticators: [address('ada@example.org')], ...changes }));
  if (started.message === undefined) throw new Error('no message');
  return { ...started.message, code: codeIn(started) };
};

const payment: readonly DisplayItem[] = [
  { label: 'Amount', type: 'money', value: { minor: 125_050, currency: 'EUR' } },
  { label: 'Payee', value: 'Bob Builder' },
  { label: 'Fee', type: 'money', value: { minor: 120, currency: 'JPY' } },
];

describe('an e-mail code', () => {
  it('lives five minutes, has six digits and names its ceremony as the send', async () => {
    const context = ceremony({ authenticators: [address('ada@example.org')] });
    const started = await method.challenge(context);
    expect(started.expiresAt).toBe(start + 5 * minute);
    expect(codeIn(started)).toMatch(/^\d{6}$/);
    expect(started.message?.sendId).toBe(context.challengeId);
    expect(started.destination).toBe('ada@example.org');
    expect(started.shown).toBeUndefined();
  });

  it('has eight digits where the operator says so', async () => {
    const eight = createEmailOtp({ secrets, random, digits: 8 });
    const context = ceremony({ authenticators: [address('ada@example.org')] });
    const started = await eight.challenge(context);
    expect(codeIn(started)).toMatch(/^\d{8}$/);
    expect(await eight.verify({ context, kept: started.kept, response: codeIn(started) })).toMatchObject({ ok: true });
  });

  it('is taken with spaces and dashes', async () => {
    const context = ceremony({ authenticators: [address('ada@example.org')] });
    const started = await method.challenge(context);
    const code = codeIn(started);
    for (const typed of [` ${code.slice(0, 3)} ${code.slice(3)} `, `${code.slice(0, 3)}-${code.slice(3)}`]) {
      expect(await method.verify({ context, kept: started.kept, response: typed })).toMatchObject({ ok: true });
    }
  });

  it('is stored as a keyed hash only', async () => {
    const started = await method.challenge(ceremony({ authenticators: [address('ada@example.org')] }));
    expect(JSON.stringify(started.kept)).not.toContain(codeIn(started));
    expect(Object.keys(started.kept as object).sort()).toEqual(['codeHash', 'destination', 'userAuthenticatorId']);
  });

  it('replaced by a resend is dead', async () => {
    const first = ceremony({ authenticators: [address('ada@example.org')] });
    const resent = { ...first, challengeId: random.uuid(start) };
    const [old, fresh] = [await method.challenge(first), await method.challenge(resent)];
    expect(await method.verify({ context: resent, kept: fresh.kept, response: codeIn(old) })).toMatchObject({ ok: false });
    expect(await method.verify({ context: resent, kept: old.kept, response: codeIn(old) })).toMatchObject({ ok: false });
    expect(await method.verify({ context: resent, kept: fresh.kept, response: codeIn(fresh) })).toMatchObject({ ok: true });
  });

  it('goes to the default address, else to the first', async () => {
    const [one, two] = [address('one@example.org'), address('two@example.org', { isDefault: true })];
    expect(await messageFor({ authenticators: [one, two] })).toMatchObject({ to: 'two@example.org' });
    expect(await messageFor({ authenticators: [one, address('two@example.org')] })).toMatchObject({ to: 'one@example.org' });
  });

  it('no longer counts when the address was changed meanwhile', async () => {
    const authenticator = address('ada@example.org');
    const context = ceremony({ authenticators: [authenticator] });
    const started = await method.challenge(context);
    const verified = await method.verify({ context, kept: started.kept, response: codeIn(started) });
    if (!verified.ok) throw new Error('refused');
    expect(method.accept({ ...authenticator, email: 'eve@example.org' }, verified, start)).toBeUndefined();
    expect(method.accept(authenticator, verified, start)).toBeDefined();
  });
});

describe('proving an address', () => {
  const enroll = (destination: string | undefined) => enrollmentOf(method).start({ ...ceremony(), destination });

  it('normalises first (NFKC), then sends and stores that', async () => {
    const context = { ...ceremony(), destination: ' ａda＠example.org ' };
    const begun = await enrollmentOf(method).start(context);
    expect(begun.message?.to).toBe('ada@example.org');
    const enrolled = await enrollmentOf(method).finish({ context, kept: begun.kept, response: codeIn(begun) });
    expect(enrolled).toMatchObject({ ok: true, authenticator: { email: 'ada@example.org', verifiedAt: start } });
  });

  it('proves the address that the code went to, whatever the answer’s context says', async () => {
    const context = { ...ceremony(), destination: 'ada@example.org' };
    const begun = await enrollmentOf(method).start(context);
    const bent = { ...context, destination: 'eve@example.org' };
    expect(await enrollmentOf(method).finish({ context: bent, kept: begun.kept, response: codeIn(begun) })).toMatchObject({
      authenticator: { email: 'ada@example.org' },
    });
  });

  it.each([
    undefined,
    '',
    'ada',
    'ada@',
    '@example.org',
    'a@b@example.org',
    'a@example.org,b@example.org',
    'a@example.org;b@example.org',
    'a＠example.org，b＠example.org',
    'Ada <a@example.org>',
    'a@example.org\r\nBcc: b@example.org',
    'a@exa\u202emple.org',
    'a b@example.org',
    '"a"@example.org',
    `${'a'.repeat(65)}@example.org`,
    `a@${'b'.repeat(260)}`,
  ])('refuses %j', async (destination) => {
    await expect(enroll(destination)).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it('enrolls nothing on a wrong code', async () => {
    const context = { ...ceremony(), destination: 'ada@example.org' };
    const begun = await enrollmentOf(method).start(context);
    const response = codeIn(begun) === '000000' ? '000001' : '000000';
    expect(await enrollmentOf(method).finish({ context, kept: begun.kept, response })).toEqual({ ok: false, reason: 'wrong' });
  });
});

describe('the message', () => {
  it('names application, action, amount, payee and code, and that nobody will ask for it', async () => {
    const { text, html, code } = await messageFor({ display: payment, displayHash: displayHash('payment') });
    for (const part of [
      'Example Bank',
      'Withdraw funds',
      'Amount',
      '€1,250.50',
      'Payee',
      'Bob Builder',
      '¥120',
      code,
      'Nobody will ask you for it',
    ]) {
      expect(text).toContain(part);
      expect(html).toContain(part);
    }
  });

  it('writes an amount exactly, however large', async () => {
    const value = { minor: Number.MAX_SAFE_INTEGER, currency: 'USD' };
    const { text } = await messageFor({ display: [{ label: 'Amount', type: 'money', value }], displayHash: displayHash('large') });
    expect(text).toContain('$90,071,992,547,409.91');
  });

  it('has a subject of our own words, without the code', async () => {
    for (let round = 0; round < 50; round += 1) {
      const { subject, code } = await messageFor({ action: 'Your code is 123', applicationName: 'Eve\r\nBcc: x@y.z' });
      expect(subject).toBe('Your verification code');
      expect(subject).not.toContain(code);
    }
  });

  it.each(['https://evil.example/x', 'www.evil.example', 'evil.example', 'mailto:eve@evil.example'])(
    'makes no link of %j',
    async (value) => {
      const items = [{ label: value, value }];
      const { text, html } = await messageFor({ applicationName: value, action: value, display: items, displayHash: displayHash(value) });
      for (const body of [text, html]) {
        expect(body).not.toContain(value);
        expect(body.replaceAll('\u2060', '')).toContain(value);
        expect(body).not.toMatch(/:\/\/|www\.\w|[\w.]@[\w]|<a\b|href|src=/i);
      }
    },
  );

  it('escapes HTML from every field', async () => {
    const value = `<img src=x onerror="alert(1)">'&`;
    const { html } = await messageFor({
      applicationName: value,
      action: value,
      display: [{ label: value, value }],
      displayHash: displayHash(value),
    });
    expect(html).not.toContain('<img');
    expect(html.match(/&lt;img src=x onerror=&quot;alert\(1\)&quot;&gt;&#39;&amp;/g)).toHaveLength(4);
  });

  it('fills in nothing from the values themselves', async () => {
    const { text } = await messageFor({ applicationName: '{action}', action: '{minutes} $& $1' });
    expect(text).toContain('{action} asks you to confirm: {minutes} $& $1');
  });

  it('strips what could hide, reorder or break lines, and bounds the length', async () => {
    const value = `a\u202eb\u200bc\r\nCode: 999999\u2028${'x'.repeat(500)}`;
    const { text, code } = await messageFor({ display: [{ label: 'Payee', value }], displayHash: displayHash(value) });
    const line = text.split('\n').find((one) => one.startsWith('Payee')) ?? '';
    expect(line).toMatch(/^Payee: a b c Code: 999999 x+…$/);
    expect(line.length).toBeLessThan(220);
    expect(text.split('\n').filter((one) => one.includes(code))).toHaveLength(1);
  });

  it.each([
    ['de-AT', 'Ihr Bestätigungscode', 'de', 'ltr'],
    ['ar', catalogues.ar['mail.code.subject'], 'ar', 'rtl'],
    ['xx', 'Your verification code', 'en', 'ltr'],
    ['constructor', 'Your verification code', 'en', 'ltr'],
    ['not a locale!', 'Your verification code', 'en', 'ltr'],
    [undefined, 'Your verification code', 'en', 'ltr'],
  ])('speaks %s', async (locale, subject, language, direction) => {
    const message = await messageFor({ locale, display: payment, displayHash: displayHash('payment') });
    expect(message.subject).toBe(subject);
    expect(message.html).toContain(`lang="${language}" dir="${direction}"`);
  });

  it('fills every placeholder in every language, and shows the code from left to right', async () => {
    for (const locale of languages) {
      const { text, html, code } = await messageFor({ locale });
      expect(text).toContain('Example Bank');
      expect(text).toContain('Withdraw funds');
      expect(text).toContain('5');
      expect(text).not.toMatch(/[{}]/);
      expect(html).toMatch(new RegExp(`<strong dir="ltr"[^>]*>${code}</strong>`));
    }
  });
});
