import { describe, expect, it } from 'vitest';
import { notice } from '../../../core/challenge/notice.ts';
import { catalogues, chooseLocale, languages, newUser, wordsIn } from '../../../core/index.ts';

const now = Date.UTC(2026, 10, 14, 14, 2);
const user = { ...newUser('ada', now), vouchedEmail: 'ada@example.org' };

const wordsOf = (locale: string) => wordsIn(chooseLocale({ track: locale }));

const noticeIn = (locale: string, changes: Partial<Parameters<typeof notice>[1]> = {}) => {
  const message = notice(user, {
    kind: 'removed',
    method: 'PASSKEY',
    applicationName: 'Example Bank',
    browser: { browserName: 'Firefox', osName: 'Linux' },
    words: wordsOf(locale),
    sendId: 'send-1',
    reportUrl: 'https://id.example/challenge/report?r=abc&x=1',
    now,
    ...changes,
  });
  if (message === undefined) throw new Error('no notice');
  return message;
};

describe('a notice of a change', () => {
  it.each(languages)('says in %s what changed, when, from where, and how to report it', (language) => {
    const { subject, text, html } = noticeIn(language);
    expect(subject).toBe(catalogues[language]['notice.subject']);
    expect(text).toMatch(/^Example Bank$/m);
    expect(text).toContain(wordsOf(language).text('method.PASSKEY'));
    for (const part of ['Firefox', 'Linux', '2026', 'UTC']) expect(text).toContain(part);
    expect(text).toMatch(/^https:\/\/id\.example\/challenge\/report\?r=abc&x=1$/m);
    expect(html).toContain('href="https://id.example/challenge/report?r=abc&amp;x=1"');
    expect(html).toContain(`<html lang="${language}" dir="${['ar', 'he'].includes(language) ? 'rtl' : 'ltr'}"`);
    expect(text).not.toMatch(/[{}]|undefined/);
  });

  it('takes nothing from outside as markup, link, line or subject', () => {
    const hostile = 'https://evil.example/\r\nBcc: x@evil.example <img src=x onerror=alert(1)> {method}';
    const { subject, text, html } = noticeIn('en', { applicationName: hostile, browser: { browserName: hostile, osName: hostile } });
    expect(subject).toBe('A change to how you confirm it’s you');
    expect(html).not.toContain('<img');
    expect(html.match(/href=/g)).toHaveLength(1);
    expect(text).not.toMatch(/^Bcc:/m);
    expect(text).not.toContain('https://evil.example');
  });

  it('goes to nobody where the only contact is the one that changed', () => {
    const change = { method: 'EMAIL_OTP', email: 'ada@example.org' } as const;
    expect(() => noticeIn('en', change)).toThrow('no notice');
  });
});
