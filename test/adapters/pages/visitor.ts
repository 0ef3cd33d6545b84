import type { Pages } from './serve-pages.ts';

export type Answer = {
  readonly status: number;
  readonly headers: Headers;
  readonly setCookies: readonly string[];
  readonly body: string;
  /** The value of a hidden field of the first form that has it. */
  readonly field: (name: string) => string;
};

const decoded = (text: string) => text.replaceAll('&#39;', "'").replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&amp;', '&');

/** A browser without script: it keeps cookies and follows nothing by itself. */
export const visitor = (pages: Pages) => {
  const jar = new Map<string, string>();

  const send = async (method: string, target: string, init: RequestInit = {}): Promise<Answer> => {
    const cookie = Array.from(jar, ([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(new URL(target, pages.origin), {
      method,
      redirect: 'manual',
      ...init,
      headers: { ...(cookie === '' ? {} : { cookie }), ...(init.headers as Record<string, string> | undefined) },
    });
    const setCookies = response.headers.getSetCookie();
    for (const line of setCookies) {
      const [name = '', value = ''] = (line.split(';', 1)[0] ?? '').split('=', 2);
      if (line.includes('Max-Age=0')) jar.delete(name);
      else jar.set(name, value);
    }
    const body = await response.text();
    const field = (name: string) => decoded(new RegExp(`<input type="hidden" name="${name}" value="([^"]*)"`).exec(body)?.[1] ?? '');
    return { status: response.status, headers: response.headers, setCookies, body, field };
  };

  const visit = {
    jar,
    get: (target = pages.url, headers: Record<string, string> = {}) => send('GET', target, { headers }),
    head: (target = pages.url) => send('HEAD', target),
    post: (fields: Record<string, string>, headers: Record<string, string> = {}, target = pages.url) =>
      send('POST', target, { body: new URLSearchParams(fields), headers: { origin: pages.origin, ...headers } }),
    /** Opens the page, then posts a form of it with its own token. */
    submit: async (fields: Record<string, string>, target = pages.url): Promise<Answer> => {
      const page = await visit.get(target);
      return visit.post({ csrf: page.field('csrf'), ...fields }, { 'sec-fetch-site': 'same-origin' }, target);
    },
    send,
  };
  return visit;
};
