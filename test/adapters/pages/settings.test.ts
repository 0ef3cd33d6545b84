import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PageSettings } from '../../../adapters/pages/options.ts';
import { defaultTenant, defaultTheme } from '../../../core/index.ts';
import { type Pages, servePages } from './serve-pages.ts';
import { views } from './views.ts';
import { visitor } from './visitor.ts';

describe('what the operator set of the texts', () => {
  let pages: Pages;
  let settings: PageSettings = { tenant: defaultTenant, messageOverrides: {}, theme: defaultTheme };
  let failure: Error | undefined;
  beforeAll(async () => {
    pages = await servePages(views.choose, { settings: async () => (failure === undefined ? settings : Promise.reject(failure)) });
  });
  afterAll(() => pages.close());
  const own = () => {
    const visit = visitor(pages);
    visit.jar.set('__Host-stepward-browser', 'browser-1-abcdefghijkl');
    return visit;
  };

  it('stands on the next page, in its language alone', async () => {
    settings = { ...settings, messageOverrides: { en: { 'choose.heading': 'Is that you, {not-a-placeholder}?' }, de: { cancel: 'Halt' } } };
    const { get } = own();
    const { body } = await get();
    expect(body).toContain('<h1>Is that you, ');
    expect(body).not.toContain('Halt');
    expect((await get(`${pages.url}&lang=de`)).body).toContain('Halt');
  });

  it('is escaped like every text', async () => {
    settings = { ...settings, messageOverrides: { en: { 'choose.heading': '</h1><script>alert(1)</script>' } } };
    expect((await own().get()).body).toContain('<h1>&lt;/h1&gt;&lt;script&gt;alert(1)&lt;/script&gt;</h1>');
  });

  it('the default locale is for whoever asks for none', async () => {
    settings = { theme: defaultTheme, messageOverrides: {}, tenant: { ...defaultTenant, defaultLocale: 'he' } };
    const { get } = own();
    expect((await get()).body).toContain('<html lang="he" dir="rtl">');
    expect((await get(pages.url, { 'accept-language': 'it' })).body).toContain('<html lang="it" dir="ltr">');
    expect((await get('/challenge')).body).toContain('<html lang="he" dir="rtl">');
  });

  it('that cannot be read shows the page of trouble, as it was set last, and asks no second time', async () => {
    failure = new Error('down');
    const { status, body } = await own().get();
    expect([status, body.includes('<html lang="he"')]).toEqual([503, true]);
    failure = undefined;
  });
});
