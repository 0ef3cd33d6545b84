import { afterEach, describe, expect, it } from 'vitest';
import type { Limiter, LimitName } from '../../../core/index.ts';
import { knownC } from './fake-visits.ts';
import { type Pages, servePages } from './serve-pages.ts';
import { views } from './views.ts';
import { visitor } from './visitor.ts';

describe('the limits of pages', () => {
  let pages: Pages;
  afterEach(() => pages.close());

  /** Refuses what is named, and notes what was asked. */
  const limited = async (refused: readonly LimitName[] = [], address = '127.0.0.1') => {
    const asked: string[] = [];
    const limiter: Limiter = {
      take: async (name, subject) => {
        asked.push(`${name} ${subject}`);
        return refused.includes(name) ? { retryAfter: 17 } : 'admitted';
      },
    };
    pages = await servePages(views.emailCode, { limiter, clientAddress: () => address, report: async () => 'known' });
    return { asked, own: visitor(pages) };
  };
  const answer = { do: 'answer', challengeId: 'challenge-1', code: '482193' };

  it('a form is counted by address, and by the visit that it is of', async () => {
    const { asked, own } = await limited();
    expect((await own.submit(answer)).status).toBe(303);
    expect(asked).toEqual(['page-address 127.0.0.1', `page-visit ${knownC}`]);
  });

  it('looking is not counted, nor are assets', async () => {
    const { asked, own } = await limited(['page-address', 'page-visit', 'page-link']);
    const { body } = await own.get();
    expect((await own.get(/href="(\/challenge\/assets\/[^"]+)"/.exec(body)?.[1])).status).toBe(200);
    await own.head();
    expect(asked).toEqual([]);
  });

  it('pages that links in mails lead to are counted by address', async () => {
    const { asked, own } = await limited(['page-link']);
    for (const path of ['/challenge/report?r=x', '/challenge/link?l=x']) {
      const { status, headers } = await own.get(path);
      expect([status, headers.get('retry-after')]).toEqual([429, '17']);
    }
    expect(asked).toEqual(['page-link 127.0.0.1', 'page-link 127.0.0.1']);
  });

  it.each<LimitName>(['page-address', 'page-visit'])('past `%s`: 429, when to come back, and nothing done', async (name) => {
    const { own } = await limited([name]);
    const { status, headers, body } = await own.submit(answer);
    expect([status, headers.get('retry-after'), headers.get('content-type')]).toEqual([429, '17', 'text/html; charset=utf-8']);
    expect(body).toContain('Too many requests');
    expect(body).toContain(`href="/challenge?c=${knownC}"`);
    expect(pages.visits.commands()).toEqual([]);
  });

  it('a forged form cannot use the count of a visit up', async () => {
    const { asked, own } = await limited();
    await own.get();
    expect((await own.post({ csrf: 'forged', ...answer })).status).toBe(403);
    expect(asked).toEqual(['page-address 127.0.0.1']);
  });

  it('an IPv6 address counts with its /64, one that is unknown as one', async () => {
    const { asked, own } = await limited([], '2001:db8:1:2:3:4:5:6');
    await own.post(answer);
    await pages.close();
    expect(asked).toEqual(['page-address 2001:db8:1:2::/64']);
    const unknown = await limited([], '');
    await unknown.own.post(answer);
    expect(unknown.asked).toEqual(['page-address unknown']);
  });
});
