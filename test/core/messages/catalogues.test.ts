import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { catalogues, chooseLocale, type MessageText, wordsIn } from '../../../core/index.ts';

const forms = (message: MessageText): readonly string[] => (typeof message === 'string' ? [message] : Object.values(message));
const placeholders = (text: string) => new Set(Array.from(text.matchAll(/\{(\w+)\}/g), ([, name]) => name));
const entries = Object.entries(catalogues).map(([language, catalogue]) => ({
  language,
  catalogue: catalogue as Readonly<Record<string, MessageText>>,
}));

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
    const { text } = wordsIn(chooseLocale({ visit: language }));
    expect(text('error.wrong', { count: 3 })).toMatch(/3|٣/);
    expect(text('error.wrong', { count: 1 })).not.toBe(text('error.wrong', { count: 2 }));
  });
});

describe('the keys', () => {
  it('are all used: no text is translated for nothing', () => {
    const root = new URL('../../../', import.meta.url).pathname;
    const sources = ['core', 'adapters']
      .flatMap((folder) => readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(root, folder, name)))
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFileSync(name, 'utf8'))
      .join('\n');
    const composed = /^(?:use|approve|enroll|method)\.[A-Z_]+$|^about\..*\.account$|^error\.(?:late|spent)|^leave\.heading\./;
    expect(Object.keys(catalogues.en).filter((key) => !sources.includes(`'${key}'`) && !composed.test(key))).toEqual([]);
  });
});
