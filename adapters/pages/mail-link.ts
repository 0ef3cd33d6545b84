import type { Request, Response } from 'express';
import type { LinkAnswer, Links } from '../../core/index.ts';
import type { Secrets } from '../../core/ports/secrets.ts';
import { parseForm } from './command.ts';
import { clearCookie, readCookie, setCookie } from './cookies.ts';
import { isForeign } from './forgery.ts';
import { modeOf } from './mode.ts';
import { type Notice, readNotice, writeNotice } from './notice.ts';
import type { Page, Screen } from './page.ts';
import { linkCodeScreen, linkDoneScreen, linkScreen } from './views/mail-link.ts';

export type Handler = (request: Request, response: Response) => Promise<void>;

/** What these pages share with those of a visit. */
export type Around = {
  readonly origin: string;
  readonly secrets: Secrets;
  readonly show: (
    request: Request,
    response: Response,
    shown: { readonly notice?: Notice; readonly trackLocale?: string; readonly screen: (page: Page) => Screen },
  ) => Promise<void>;
  readonly showNeutral: (request: Request, response: Response, status?: number) => Promise<void>;
  readonly goTo: (response: Response, path: string) => void;
  readonly addCookies: (response: Response, cookies: LinkAnswer, mode: 'redirect') => void;
};

const done = 'done';
const pathOf = (l: string): string => `/challenge/link?l=${l}`;

/**
 * The page behind a mailed link, a tab of its own. Scanners of mail follow it: opening it changes nothing, and only its button does,
 * once. The unguessable `l` stands where a visit has its form token.
 */
export const mailLinkHandlers = (links: Links, around: Around): { readonly open: Handler; readonly press: Handler } => {
  const { secrets, show, showNeutral, goTo, addCookies } = around;
  const asked = ({ headers }: Request, l: string) => ({
    l,
    browser: readCookie(headers.cookie, 'browser', 'redirect'),
    device: readCookie(headers.cookie, 'device', 'redirect'),
  });

  return {
    open: async (request, response) => {
      const l = new URLSearchParams(request.url.slice(request.url.indexOf('?') + 1)).get('l') ?? '';
      if (modeOf(request.headers, false, false) === undefined) return showNeutral(request, response);
      if (l === done) return show(request, response, { screen: linkDoneScreen });
      const { view } = await links.open(asked(request, l));
      if (view.page === 'link') {
        const notice = readNotice(secrets, readCookie(request.headers.cookie, 'notice', 'redirect'), l);
        if (notice !== undefined && request.method === 'GET') response.appendHeader('Set-Cookie', clearCookie('notice', 'redirect'));
        return show(request, response, { notice, trackLocale: view.subject.locale, screen: linkScreen(view, l) });
      }
      if (view.page === 'link-code') return show(request, response, { trackLocale: view.subject.locale, screen: linkCodeScreen(view) });
      return showNeutral(request, response);
    },

    press: async (request, response) => {
      const fields = parseForm(request.body);
      const l = fields?.get('l');
      if (l === undefined || isForeign(request.headers, around.origin) !== undefined) return showNeutral(request, response, 403);
      const answer = await links.press(asked(request, l), fields?.get('remember') === 'yes');
      if (answer.view.page === 'neutral') return showNeutral(request, response);
      addCookies(response, answer, 'redirect');
      if (answer.error !== undefined)
        response.appendHeader('Set-Cookie', setCookie('notice', writeNotice(secrets, answer.error, l), 'redirect'));
      return goTo(response, pathOf(answer.view.page === 'link-done' ? done : l));
    },
  };
};
