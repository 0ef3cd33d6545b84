import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Pages, servePages } from './serve-pages.ts';

describe('the page behind the link of a notice', () => {
  const asked: { r: string; confirmed: boolean }[] = [];
  let pages: Pages;
  beforeAll(async () => {
    pages = await servePages(
      { page: 'neutral' },
      {
        report: async (r, confirmed) => {
          asked.push({ r, confirmed });
          return r === 'known-link' ? (confirmed ? 'reported' : 'known') : 'unknown';
        },
      },
    );
  });
  afterAll(() => pages.close());

  const post = (r: string, headers: Record<string, string> = {}) =>
    fetch(`${pages.origin}/challenge/report`, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body: new URLSearchParams({ r }),
    });

  it('asks before anything is reported, as mail scanners follow links', async () => {
    const page = await fetch(`${pages.origin}/challenge/report?r=known-link`);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('It was not me');
    expect(asked.at(-1)).toEqual({ r: 'known-link', confirmed: false });
  });

  it('reports with the button and ends on a page that can be reloaded', async () => {
    const answer = await post('known-link', { origin: pages.origin });
    expect(answer.status).toBe(303);
    expect(asked.at(-1)).toEqual({ r: 'known-link', confirmed: true });
    expect(await (await fetch(new URL(answer.headers.get('location') ?? '', pages.origin))).text()).toContain('Thank you');
  });

  it('takes no post from another site', async () => {
    const before = asked.length;
    expect((await post('known-link', { origin: 'https://evil.example' })).status).toBe(403);
    expect((await post('known-link', { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect(asked).toHaveLength(before);
  });

  it('shows the neutral page for a link that is not ours', async () => {
    const unknown = await fetch(`${pages.origin}/challenge/report?r=<script>`);
    expect(unknown.status).toBe(404);
    expect(await unknown.text()).not.toContain('<script>');
  });
});
