import { describe, expect, it } from 'vitest';
import { clean, isolated, leftToRight } from '../../../adapters/pages/clean.ts';
import { country, date, humanised, money } from '../../../adapters/pages/format.ts';
import { toText } from '../../../adapters/pages/html.ts';
import { duration } from '../../../core/index.ts';

const textOf = (part: Parameters<typeof toText>[0]) => toText(part).replace(/<[^>]*>/g, '');

describe('a string from outside', () => {
  it('loses control characters and marks that turn the direction of the text', () => {
    expect(clean('pay\u202e001 \u2066ot\u2069\u0007\u0000\u200f!', 'value')).not.toMatch(
      /[\p{Cc}\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069]/u,
    );
    expect(clean('Amal\u061c \u200eB', 'name')).toBe('Amal B');
    expect(clean('a\r\nb', 'name')).toBe('a b');
  });

  it('keeps letters of every script, and signs', () => {
    for (const text of ['José Ñandú', 'عائشة', 'שלום', '山田太郎', '👩‍👩‍👧', "O'Neill & Söhne <GmbH>"]) {
      expect(clean(text, 'name')).toBe(text);
    }
  });

  it('is cut where it is too long, and shows that it is', () => {
    const cut = clean('🙂'.repeat(500), 'value');
    expect(Array.from(cut)).toHaveLength(240);
    expect(cut.endsWith('🙂…')).toBe(true);
  });

  it('stands in <bdi>; addresses and codes from left to right', () => {
    expect(toText(isolated('<b>', 'name'))).toBe('<bdi>&lt;b&gt;</bdi>');
    expect(toText(leftToRight('+••89'))).toBe('<bdi dir="ltr">+••89</bdi>');
  });
});

describe('money', () => {
  it.each([
    ['en', { minor: 250_000, currency: 'EUR' }, '€2,500.00'],
    ['de', { minor: 250_000, currency: 'EUR' }, '2.500,00\u00a0€'],
    ['en', { minor: 5, currency: 'USD' }, '$0.05'],
    ['en', { minor: 0, currency: 'USD' }, '$0.00'],
    ['en', { minor: -1999, currency: 'USD' }, '-$19.99'],
    ['en', { minor: 1500, currency: 'JPY' }, '¥1,500'],
    ['en', { minor: 1500, currency: 'KWD' }, 'KWD\u00a01.500'],
    ['en', { minor: 9_007_199_254_740_991, currency: 'USD' }, '$90,071,992,547,409.91'],
  ])('%s %o is %s', (tag, value, text) => expect(textOf(money(tag, value))).toBe(text));

  it('shows what is no amount as it stands', () => {
    expect(textOf(money('en', { minor: 1.5, currency: 'EUR' }))).toBe('1.5 EUR');
    expect(textOf(money('en', { minor: 1, currency: '<b>' }))).toBe('1 &lt;b&gt;');
  });
});

describe('dates, places, times left', () => {
  it.each([
    ['2026-11-16', 'November 16, 2026'],
    ['2026-11-16T09:30:00Z', 'November 16, 2026 at 9:30:00 AM UTC'],
    ['next week', 'next week'],
    ['2026-13-45', '2026-13-45'],
    ['<i>', '&lt;i&gt;'],
  ])('%s is %s', (value, text) => expect(textOf(date('en', value))).toBe(text));

  it('names a country by its code and leaves others alone', () => {
    expect([country('en', 'PT'), country('de', 'DE'), country('en', 'Portugal'), country('en', 'ZZ')]).toEqual([
      'Portugal',
      'Deutschland',
      'Portugal',
      'Unknown Region',
    ]);
  });

  it.each([
    [1, '1 second'],
    [30_000, '30 seconds'],
    [90_001, '2 minutes'],
    [300_000, '5 minutes'],
    [5_400_001, '2 hours'],
    [-5, '1 second'],
  ])('%d ms are %s', (milliseconds, text) => expect(duration('en', milliseconds)).toBe(text));
});

describe('an action code', () => {
  it.each([
    ['withdraw-funds', 'Withdraw funds'],
    ['changeEmail', 'Change email'],
    ['add_payee', 'Add payee'],
    ['account.close', 'Account close'],
    ['x', 'X'],
  ])('%s reads %s', (code, words) => expect(humanised(code)).toBe(words));
});
