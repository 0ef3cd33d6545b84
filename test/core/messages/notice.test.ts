import { describe, expect, it } from 'vitest';
import { notices } from '../../../core/challenge/notice.ts';
import { type Authenticator, catalogues, chooseLocale, languages, newUser, type User, wordsIn } from '../../../core/index.ts';

const now = Date.UTC(2026, 10, 14, 14, 2);
const ada = { ...newUser('ada', now), vouchedEmail: 'ada@example.org' };

const wordsOf = (locale: string) => wordsIn(chooseLocale({ track: locale }));

const noticesIn = (locale: string, changes: Partial<Parameters<typeof notices>[1]> = {}, user: User = ada) =>
  notices(user, {
    kind: 'removed',
    method: 'PASSKEY',
    applicationName: 'Example Bank',
    from: { browser: 'Firefox', os: 'Linux', city: 'Lisbon', country: 'PT' },
    words: wordsOf(locale),
    newId: () => 'send-1',
    reportUrl: 'https://id.example/challenge/report?r=abc&x=1',
    now,
    ...changes,
  });
const noticeIn = (...about: Parameters<typeof noticesIn>) => {
  const [message] = noticesIn(...about);
  if (message === undefined) throw new Error('no notice');
  return message;
};

describe('a notice of a change', () => {
  it.each(languages)('says in %s what changed, when, from where, and how to report it', (language) => {
    const { subject, text, html } = noticeIn(language);
    expect(subject).toBe(catalogues[language]['notice.subject']);
    expect(text).toMatch(/^Example Bank$/m);
    expect(text).toContain(wordsOf(language).text('method.PASSKEY'));
    for (const part of ['Firefox', 'Linux', 'Lisbon', '2026', 'UTC']) expect(text).toContain(part);
    expect(text).toMatch(/^https:\/\/id\.example\/challenge\/report\?r=abc&x=1$/m);
    expect(html).toContain('href="https://id.example/challenge/report?r=abc&amp;x=1"');
    expect(html).toContain(`<html lang="${language}" dir="${['ar', 'he'].includes(language) ? 'rtl' : 'ltr'}"`);
    expect(text).not.toMatch(/[{}]|undefined/);
  });

  it('takes nothing from outside as markup, link, line or subject', () => {
    const hostile = 'https://evil.example/\r\nBcc: x@evil.example <img src=x onerror=alert(1)> {method}';
    const { subject, text, html } = noticeIn('en', {
      applicationName: hostile,
      from: { browser: hostile, os: hostile, city: hostile, country: hostile },
    });
    expect(subject).toBe('A change to how you confirm it’s you');
    expect(html).not.toContain('<img');
    expect(html.match(/href=/g)).toHaveLength(1);
    expect(text).not.toMatch(/^Bcc:/m);
    expect(text).not.toContain('https://evil.example');
  });

  const address = (email: string): Authenticator => ({
    userAuthenticatorId: email,
    verificationMethod: 'EMAIL_OTP',
    createdAt: now,
    verifiedAt: now,
    email,
  });
  const told = (user: User, changes: Partial<Parameters<typeof notices>[1]>) => noticesIn('en', changes, user).map(({ to }) => to);

  it('goes to every other address that is proven or vouched for, once each', () => {
    const user = {
      ...ada,
      authenticators: [address('work@example.org'), address('ada@example.org'), { ...address('half@example.org'), verifiedAt: undefined }],
    };
    expect(told(user, { kind: 'added', method: 'PASSKEY' })).toEqual(['ada@example.org', 'work@example.org']);
    expect(told(user, { kind: 'added', method: 'EMAIL_OTP', email: 'work@example.org' })).toEqual(['ada@example.org']);
    const many = { ...ada, authenticators: Array.from({ length: 50 }, (_, index) => address(`a${index}@example.org`)) };
    expect(told(many, { kind: 'added', method: 'PASSKEY' })).toHaveLength(5);
  });

  it('goes to the address that was removed, too', () => {
    expect(told(ada, { kind: 'removed', method: 'EMAIL_OTP', email: 'old@example.org' })).toEqual(['ada@example.org', 'old@example.org']);
  });

  it('goes to an address that nobody vouches for only where there is no other', () => {
    expect(told({ ...ada, email: 'typed@example.org' }, { kind: 'reset' })).toEqual(['ada@example.org']);
    expect(told({ ...ada, vouchedEmail: undefined, email: 'typed@example.org' }, { kind: 'reset' })).toEqual(['typed@example.org']);
  });

  it('goes to nobody where the only contact is the one that is new', () => {
    expect(told(ada, { kind: 'added', method: 'EMAIL_OTP', email: 'ada@example.org' })).toEqual([]);
  });
});
