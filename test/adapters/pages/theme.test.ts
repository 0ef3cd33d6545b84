import { afterEach, describe, expect, it } from 'vitest';
import type { PageSettings } from '../../../adapters/pages/options.ts';
import { themeCss } from '../../../adapters/pages/theme-css.ts';
import { defaultColours, defaultTenant, defaultTheme, type Theme } from '../../../core/index.ts';
import { png, svg } from '../../support/pictures.ts';
import { knownC } from './fake-visits.ts';
import { type Pages, servePages } from './serve-pages.ts';
import { views } from './views.ts';
import { visitor } from './visitor.ts';

const withTheme = (theme: Theme): PageSettings => ({ tenant: defaultTenant, messageOverrides: {}, theme });
const picture = (type: 'png' | 'svg', bytes: Buffer, width: number, height: number) =>
  ({ type, width, height, data: bytes.toString('base64url') }) as const;
const branded: Theme = {
  ...defaultTheme,
  colors: { light: { accent: '#0a5c36' } },
  radius: 'none',
  font: 'serif',
  productName: 'Northwind',
  supportLink: 'https://help.example/?a=1&b=2',
  logo: picture('svg', svg(), 120, 40),
  favicon: picture('png', png(32, 32), 32, 32),
};

describe('the theme of pages', () => {
  let pages: Pages;
  afterEach(() => pages.close());
  const styleIn = (body: string): string => /<link rel="stylesheet" href="([^"]+)">/.exec(body)?.[1] ?? '';

  it('is one immutable style sheet, named by its content; the default look has one too', async () => {
    let settings = withTheme(defaultTheme);
    pages = await servePages(views.choose, { settings: async () => settings });
    const { get, jar } = visitor(pages);
    jar.set('__Host-stepward-browser', 'browser-1-abcdefghijkl');
    const first = styleIn((await get()).body);
    expect(first).toMatch(/^\/theme\/[0-9a-f]{16}\.css$/);
    const answer = await get(first);
    expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(answer.body).toContain('--accent:#3b4cca');
    settings = withTheme(branded);
    const second = styleIn((await get()).body);
    expect(second).not.toBe(first);
    const { body } = await get(second);
    expect(body).toContain('--accent:#0a5c36');
    expect(body).toContain('--accent:#8f9cff');
    expect(body).toMatch(/--radius:0px.*font:16px\/1\.5 Charter/);
  });

  it('shows name, support link, logo and icon; the leaving page loads no picture', async () => {
    pages = await servePages(views.choose, { settings: async () => withTheme(branded) });
    const { get, jar } = visitor(pages);
    jar.set('__Host-stepward-browser', 'browser-1-abcdefghijkl');
    const { body } = await get();
    expect(body).toMatch(
      /<div class="brand"><img src="\/theme\/[0-9a-f]{16}\.svg" width="120" height="40" alt=""><bdi>Northwind Bank<\/bdi>/,
    );
    expect(body).toMatch(/<link rel="icon" href="\/theme\/[0-9a-f]{16}\.png">/);
    expect(body).toContain('href="https://help.example/?a=1&amp;b=2"');
    const neutral = await get('/challenge');
    expect(neutral.body).toContain('<bdi>Northwind</bdi>');
    expect(neutral.body).toContain(' - Northwind</title>');
    pages.visits.leaving = { applicationName: 'Northwind', result: 'succeeded' };
    expect((await get(`/challenge/done?c=${knownC}`)).body).not.toContain('<img');
  });

  it('its pictures are what was uploaded, and can do nothing but be drawn', async () => {
    pages = await servePages(views.choose, { settings: async () => withTheme(branded) });
    const { get } = visitor(pages);
    const { body } = await get('/challenge');
    for (const [path, type, bytes] of [
      [/"(\/theme\/\w+\.svg)"/.exec(body)?.[1], 'image/svg+xml', svg()],
      [/"(\/theme\/\w+\.png)"/.exec(body)?.[1], 'image/png', png(32, 32)],
    ] as const) {
      const response = await fetch(new URL(path ?? '', pages.origin));
      expect(response.headers.get('content-type')).toBe(type);
      expect(response.headers.get('content-security-policy')).toBe("default-src 'none'; style-src 'unsafe-inline'; sandbox");
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      expect(Buffer.from(await response.arrayBuffer()).equals(bytes)).toBe(true);
    }
  });

  it('a node that has not seen a theme yet serves its style by its name', async () => {
    let settings = withTheme(branded);
    pages = await servePages(views.choose, { settings: async () => settings });
    const path = styleIn((await visitor(pages).get('/challenge')).body);
    await pages.close();
    // this one showed no page yet
    settings = withTheme({ ...branded });
    pages = await servePages(views.choose, { settings: async () => settings });
    const { status, headers } = await visitor(pages).get(path);
    expect([status, headers.get('cache-control')]).toEqual([200, 'public, max-age=31536000, immutable']);
  });

  it('a style that is gone is today’s, kept by nobody; other names are nothing', async () => {
    let failing = false;
    pages = await servePages(views.choose, {
      settings: async () => (failing ? Promise.reject(new Error('down')) : withTheme(branded)),
    });
    const { get } = visitor(pages);
    const answer = await get('/theme/0123456789abcdef.css');
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(answer.body).toContain('--accent:#0a5c36');
    for (const name of ['0123456789abcdef.svg', 'x', '..%2fx.css/', '%2e%2e%2fpackage.json']) {
      const { status, headers } = await get(`/theme/${name}`);
      expect([name, status, headers.get('cache-control')]).toEqual([name, 404, 'no-store']);
    }
    failing = true;
    expect((await get('/theme/fedcba9876543210.css')).status).toBe(200);
  });

  it('takes nothing into the style sheet but colours and our own words', () => {
    const text = '#000000;}body{background:url(//evil.example)';
    const bent = {
      ...defaultTheme,
      colors: { light: { accent: text }, dark: { accent: '</style>' } },
      radius: text,
      density: text,
      font: text,
    };
    expect(themeCss(bent as unknown as Theme)).not.toMatch(/evil|style>/);
    expect(themeCss(defaultTheme)).toContain(`--accent-strong:${defaultColours.light.accentStrong}`);
  });
});
