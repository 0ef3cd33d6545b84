import { describe, expect, it } from 'vitest';
import { toText } from '../../../adapters/pages/html.ts';
import { wordsIn } from '../../../adapters/pages/words.ts';
import { chooseLocale } from '../../../core/index.ts';
import { servePages } from './serve-pages.ts';
import { subject, views } from './views.ts';
import { visitor } from './visitor.ts';

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
