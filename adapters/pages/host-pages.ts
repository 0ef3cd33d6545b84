import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'express';
import { localeOf } from '../../core/index.ts';
import type { HostPages as Port } from '../../core/ports/host-pages.ts';
import { parseForm } from './command.ts';
import { readCookie, setCookie } from './cookies.ts';
import { isForeign } from './forgery.ts';
import type { createGoing } from './going.ts';
import { pageHeaders } from './headers.ts';
import { modeOf } from './mode.ts';
import type { PagesOptions } from './options.ts';
import { isPrefetch } from './prefetch.ts';
import { visitPath } from './query.ts';
import { type Showing, send } from './showing.ts';
import { hostScreen } from './views/host.ts';

/** The pages' side of the port, over Node's own server. */
export type HostPages = Port<IncomingMessage, ServerResponse>;

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
