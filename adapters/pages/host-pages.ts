import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'express';
import { type HostScreen, localeOf } from '../../core/index.ts';
import { parseForm } from './command.ts';
import { readCookie, setCookie } from './cookies.ts';
import { isForeign } from './forgery.ts';
import type { createGoing } from './going.ts';
import { type PageKind, pageHeaders } from './headers.ts';
import { modeOf } from './mode.ts';
import type { PagesOptions } from './options.ts';
import { isPrefetch } from './prefetch.ts';
import { visitPath } from './query.ts';
import { type PageAnswer, type Showing, send } from './showing.ts';
import { hostScreen } from './views/host.ts';

/** How a host's page is shown; `lang` is OpenID Connect's `ui_locales`, in order of preference. */
export type HostShown = { readonly status?: number; readonly lang?: string };

/** What a host on our own origin needs of the pages: its screens, the visits that it enters, the browser that it sees. */
export type HostPages = {
  /**
   * The id of this browser, which lives in an HttpOnly cookie of our own; made where it has none and `canSet`. It says which device asks
   * again, and proves nothing by itself.
   */
  device(request: IncomingMessage, response: ServerResponse, canSet: boolean): string | undefined;
  browser(request: IncomingMessage): { readonly ipAddress?: string; readonly userAgent?: string; readonly acceptLanguage?: string };
  /**
   * Binds the visit `c` to this browser and sends it there; it comes back to `returnUrl`. False, and nothing is sent, where the visit is
   * not this browser's, is over or unknown. A prefetch is answered and binds nothing.
   */
  enter(
    request: IncomingMessage,
    response: ServerResponse,
    visit: { readonly c: string; readonly returnUrl: string; readonly lang?: string },
  ): Promise<boolean>;
  /** A page, for a framework that sends its answers itself. */
  page(request: IncomingMessage, screen: HostScreen, shown?: HostShown): Promise<PageAnswer>;
  show(request: IncomingMessage, response: ServerResponse, screen: HostScreen, shown?: HostShown): Promise<void>;
  /**
   * Sends the browser to `href` by a leaving page: no redirect of ours, and none that follows at `href`, is part of the answer to a form
   * post, which `form-action` would stop. Throws a `TypeError` for what is no address to go to.
   */
  leaving(request: IncomingMessage, href: string, shown?: Pick<HostShown, 'lang'>): Promise<PageAnswer>;
  leave(request: IncomingMessage, response: ServerResponse, href: string, shown?: Pick<HostShown, 'lang'>): Promise<void>;
  /** The fields of a form of these screens; undefined for a post that is too large, says a field twice or comes from another site. */
  posted(request: IncomingMessage, response: ServerResponse): Promise<ReadonlyMap<string, string> | undefined>;
  /**
   * For a page that a host makes itself, `auto-post` for one that posts to an application. To be set before the page is made: a library
   * that adds the hash of its inline script to `script-src` finds it there.
   */
  headers(kind: PageKind): Readonly<Record<string, string>>;
};

/** A form of these screens has a few short fields. */
const readForm = text({ type: 'application/x-www-form-urlencoded', limit: 16 * 1024 });

const isDeviceId = (value: string | undefined): value is string => value !== undefined && /^[\w-]{22}$/.test(value);

/** More wishes than this are not read. */
const mostWishes = 20;

const wished = (lang: string | undefined): string | undefined =>
  lang?.split(' ', mostWishes).find((tag) => tag.length <= 35 && localeOf(tag) !== undefined);

export const createHostPages = (options: PagesOptions, showing: Showing, going: ReturnType<typeof createGoing>): HostPages => {
  const made = new WeakMap<ServerResponse, string>();

  const page: HostPages['page'] = (request, screen, { status, lang } = {}) =>
    showing.answerOf(request, { status, trackLocale: wished(lang), isLastWord: true, screen: hostScreen(screen) });

  const leaving: HostPages['leaving'] = (request, href, { lang } = {}) => going.leaving(request, href, wished(lang));

  return {
    device: (request, response, canSet) => {
      const id = readCookie(request.headers.cookie, 'device-id', 'redirect');
      if (isDeviceId(id)) return id;
      if (!canSet) return undefined;
      const known = made.get(response);
      if (known !== undefined) return known;
      const fresh = Buffer.from(options.random.bytes(16)).toString('base64url');
      made.set(response, fresh);
      response.appendHeader('Set-Cookie', setCookie('device-id', fresh, 'redirect'));
      return fresh;
    },

    browser: (request) => ({
      ipAddress: options.clientAddress(request),
      userAgent: request.headers['user-agent'],
      acceptLanguage: request.headers['accept-language'],
    }),

    enter: async (request, response, { c, returnUrl, lang }) => {
      if (request.method !== 'GET' || isPrefetch(request)) {
        response.writeHead(204, { 'Cache-Control': 'no-store' }).end();
        return true;
      }
      // a frame has other cookies, and no page of ours would be shown in it
      if (modeOf(request.headers, false, false) === undefined) return false;
      const query = { c, popup: false, forceEnrollment: false, lang: wished(lang) };
      const answer = await options.visits.enter(showing.browserRequest(request, query, 'redirect'), returnUrl);
      if (answer.view.page === 'neutral') return false;
      showing.addCookies(response, answer, 'redirect');
      showing.goTo(response, visitPath(answer.view.page === 'leave' ? '/challenge/done' : '/challenge', query));
      return true;
    },

    page,
    show: async (request, response, screen, shown) => send(response, await page(request, screen, shown)),
    leaving,
    leave: async (request, response, href, shown) => send(response, await leaving(request, href, shown)),

    posted: async (request, response) => {
      if (isForeign(request.headers, options.publicUrl.origin) !== undefined) return undefined;
      const body = await new Promise<unknown>((resolve) => {
        readForm(request, response, (error?: unknown) => resolve(error === undefined && 'body' in request ? request.body : null));
      });
      return typeof body === 'string' ? parseForm(body) : undefined;
    },

    headers: (kind) => {
      const { 'Content-Type': _, ...headers } = pageHeaders(kind, 'redirect', []);
      return headers;
    },
  };
};
