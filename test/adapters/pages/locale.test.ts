import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { catalogues, type Message } from '../../../adapters/pages/catalogues.ts';
import { toText } from '../../../adapters/pages/html.ts';
import { chooseLocale } from '../../../adapters/pages/locale.ts';
import { wordsIn } from '../../../adapters/pages/words.ts';
import { servePages } from './serve-pages.ts';
import { subject, views } from './views.ts';
import { visitor } from './visitor.ts';

const forms = (message: Message) => (typeof message === 'string' ? [message] : Object.values(message));
const placeholders = (text: string) => new Set(Array.from(text.matchAll(/\{(\w+)\}/g), ([, name]) => name));
const entries = Object.entries(catalogues).map(([language, catalogue]) => ({ language, catalogue: catalogue as Record<string, Message> }));

describe.each(entries)('the catalogue $language', ({ language, catalogue }) => {
  it('has every key and no other', () => {
    expect(Object.keys(catalogue).sort()).toEqual(Object.keys(catalogues.en).sort());
  });

  it('has the placeholders of each key, no markup and no empty text', () => {
    for (const [key, message] of Object.entries(catalogue)) {
      const wanted = placeholders(forms(catalogues.en[key as keyof typeof catalogues.en]).at(-1) ?? '');
      for (const text of forms(message)) {
        if (text !== '' && !text.includes('{count}') && wanted.has('count')) continue;
        expect(placeholders(text), key).toEqual(wanted);
        expect(text.trim(), key).not.toBe('');
        expect(text, key).not.toMatch(/[<>&]/);
      }
    }
  });

  it('has every plural category of its language', () => {
    const { pluralCategories } = new Intl.PluralRules(language).resolvedOptions();
    for (const [key, message] of Object.entries(catalogue)) {
      if (typeof message !== 'string') expect(Object.keys(message).sort(), key).toEqual([...pluralCategories].sort());
    }
  });

  it('counts in whole sentences', () => {
    const { plain } = wordsIn(chooseLocale({ visit: language }));
    expect(plain('error.wrong', { count: 3 })).toMatch(/3|٣/);
    expect(plain('error.wrong', { count: 1 })).not.toBe(plain('error.wrong', { count: 2 }));
  });
});

describe('the keys', () => {
  it('are all used: no text is translated for nothing', () => {
    const folder = new URL('../../../adapters/pages/', import.meta.url).pathname;
    const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFileSync(join(folder, name), 'utf8'))
      .join('\n');
    const composed = /^(?:use|approve|enroll)\.[A-Z_]+$|^about\..*\.account$|^error\.(?:late|spent)|^leave\.heading\./;
    expect(Object.keys(catalogues.en).filter((key) => !sources.includes(`'${key}'`) && !composed.test(key))).toEqual([]);
  });
});

describe('the language of a page', () => {
  it.each([
    [{ visit: 'en-GB', track: 'xx', acceptLanguage: 'xx' }, 'en-GB'],
    [{ track: 'en-AU', acceptLanguage: 'en-US' }, 'en-AU'],
    [{ acceptLanguage: 'xx, en-US;q=0.2, en-CA;q=0.9' }, 'en-CA'],
    [{ visit: '../../etc', track: 'en"><script>', acceptLanguage: ';;q=,*' }, 'en'],
    [{ visit: 'xx' }, 'en'],
    [{}, 'en'],
  ])('of %o is %s', (wishes, tag) => expect(chooseLocale(wishes).tag).toBe(tag));

  it('never takes a text that is filled in for a placeholder', () => {
    const { say } = wordsIn(chooseLocale({}));
    expect(toText(say('back-to', { application: '{application} <b>' }))).toBe('Back to {application} &lt;b&gt;');
  });

  it('is told to the browser, with its direction, and follows `lang`, then track', async () => {
    const pages = await servePages({ ...views.transaction, subject: subject({ ...views.transaction.subject, locale: 'en-GB' }) });
    const { get } = visitor(pages);
    const byTrack = await get();
    expect(byTrack.body).toContain('<html lang="en" dir="ltr">');
    expect(byTrack.body).toContain('16 November 2026');
    expect((await get(`${pages.url}&lang=en-US`)).body).toContain('November 16, 2026');
    await pages.close();
  });
});
