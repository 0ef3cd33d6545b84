import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Request, Response } from 'express';
import { applicationNameOf, type BrowserRequest, chooseLocale, defaultTenant, defaultTheme, type LimitName } from '../../core/index.ts';
import type { PageAnswer } from '../../core/ports/host-pages.ts';
import { loadAssets, type ThemedAssets } from './assets.ts';
import { readCookie, setCookie } from './cookies.ts';
import { framersOf } from './embedders.ts';
import { formToken } from './forgery.ts';
import { assetHeaders, type PageKind, pageHeaders } from './headers.ts';
import { documentOf } from './layout.ts';
import { type Mode, modeOf } from './mode.ts';
import type { Notice } from './notice.ts';
import type { PageSettings, PagesOptions } from './options.ts';
import type { Page, Screen } from './page.ts';
import { type ChallengeQuery, decodedState, parseChallengeQuery } from './query.ts';
import { busyScreen, neutralScreen } from './views/ends.ts';
import { wordsIn } from './words.ts';

/** What a page is made of. */
export type Shown = {
  readonly status?: number;
  readonly kind?: PageKind;
  readonly query?: ChallengeQuery;
  readonly mode?: Mode;
  readonly browser?: string;
  readonly windowKey?: string;
  readonly notice?: Notice;
  /** Of the visit or the host; before what the browser asks for. */
  readonly trackLocale?: string;
  /** The page says why something else failed: without new settings it is shown with those that were seen last. */
  readonly isLastWord?: true;
  readonly screen: (page: Page) => Screen;
};

export const send = (response: ServerResponse, { status, headers, body }: PageAnswer): void => {
  response.removeHeader('X-Powered-By');
  response.writeHead(status, headers).end(body);
};

/** The answer that sends the browser on, by GET. */
export const goneTo = (path: string, mode: Mode, framers: readonly string[]): PageAnswer => {
  const { 'Content-Type': _, ...headers } = pageHeaders('page', mode, framers);
  return { status: 303, headers: { ...headers, Location: path }, body: '' };
};

/** What all pages share: settings, theme, language, cookies, headers. */
export type Showing = ReturnType<typeof createShowing>;

/** Sets up what all pages share. Loads the assets. */
export const createShowing = (options: PagesOptions) => {
  const { secrets, log } = options;
  const embedders = { origins: options.frameAncestors, anyLoopbackPort: options.anyLoopbackPort ?? false };
  const framers = framersOf(embedders);
  const loading = loadAssets();
  let known: PageSettings = { tenant: defaultTenant, messageOverrides: {}, theme: defaultTheme };
  // Told to whoever asks for a page; unheard until then it must not end the process.
  loading.catch((error: unknown) => log.error({ err: error }, 'the assets of the pages could not be loaded'));

  const settingsNow = async (): Promise<PageSettings> => {
    const settings = (await options.settings?.()) ?? known;
    known = settings;
    return settings;
  };

  /** The visit that a request is about and how it is shown; undefined where there is nothing to ask the core about. */
  const visitOf = (request: IncomingMessage): { readonly query: ChallengeQuery; readonly mode: Mode } | undefined => {
    const query = parseChallengeQuery(request.url ?? '');
    const mode = query && modeOf(request.headers, query.popup, framers.length > 0);
    return mode && { query, mode };
  };

  const browserRequest = (request: IncomingMessage, query: ChallengeQuery, mode: Mode): BrowserRequest => {
    const { cookie, 'user-agent': userAgent, 'accept-language': acceptLanguage } = request.headers;
    return {
      c: query.c,
      browser: readCookie(cookie, 'browser', mode),
      device: readCookie(cookie, 'device', mode),
      ipAddress: options.clientAddress(request),
      userAgent,
      acceptLanguage,
      mode,
      forceEnrollment: query.forceEnrollment,
      lang: query.lang,
      ...(query.sessionToken !== undefined && { sent: { token: query.sessionToken, state: decodedState(query) } }),
    };
  };

  const pageOf = (
    request: IncomingMessage,
    themed: ThemedAssets,
    { tenant, messageOverrides, theme }: PageSettings,
    shown: Shown,
  ): Page => {
    const { query, browser, notice, windowKey, mode = 'redirect', status = 200 } = shown;
    const acceptLanguage = request.headers['accept-language'];
    // the neutral page has no visit, and still speaks the language that its address asks for
    const lang = (query ?? parseChallengeQuery(request.url ?? ''))?.lang;
    const locale = chooseLocale({ visit: lang, track: shown.trackLocale, acceptLanguage, tenant: tenant.defaultLocale });
    return {
      words: wordsIn(locale, messageOverrides),
      assets: themed(theme),
      links: { ...options.links, ...(theme.supportLink !== undefined && { help: theme.supportLink }) },
      productName: theme.productName,
      organisation: applicationNameOf({ tenant, theme }),
      mode,
      embedders,
      status,
      windowKey,
      now: options.now(),
      query,
      formToken: query === undefined || browser === undefined ? '' : formToken(secrets, browser, query.c),
      notice,
    };
  };

  const answerOf = async (request: IncomingMessage, shown: Shown): Promise<PageAnswer> => {
    // a page that says that the database is away must not ask it
    const settings =
      shown.status === 503
        ? known
        : await settingsNow().catch((error: unknown) => {
            if (shown.isLastWord !== true) throw error;
            return known;
          });
    const page = pageOf(request, await loading, settings, shown);
    const kind = shown.kind ?? 'page';
    const body = documentOf(shown.screen(page), page, kind);
    return { status: page.status, headers: pageHeaders(kind, page.mode, framers), body };
  };

  const show = async (request: IncomingMessage, response: ServerResponse, shown: Shown): Promise<void> =>
    send(response, await answerOf(request, shown));

  const showNeutral = (request: IncomingMessage, response: ServerResponse, status = 404) =>
    show(request, response, { status, mode: visitOf(request)?.mode, screen: neutralScreen });

  /** Whether a request may go on; else it was answered. */
  const admitted = async (request: IncomingMessage, response: ServerResponse, name: LimitName, subject: string): Promise<boolean> => {
    const admission = (await options.limiter?.take(name, subject)) ?? 'admitted';
    if (admission === 'admitted') return true;
    const visit = visitOf(request);
    response.setHeader('Retry-After', String(admission.retryAfter));
    await show(request, response, { status: 429, query: visit?.query, mode: visit?.mode, screen: busyScreen });
    return false;
  };

  const goTo = (response: ServerResponse, path: string, mode: Mode = 'redirect'): void => send(response, goneTo(path, mode, framers));

  const addCookies = (
    response: ServerResponse,
    cookies: { readonly setBrowser?: string; readonly setDevice?: string },
    mode: Mode,
  ): void => {
    if (cookies.setBrowser !== undefined) response.appendHeader('Set-Cookie', setCookie('browser', cookies.setBrowser, mode));
    if (cookies.setDevice !== undefined) response.appendHeader('Set-Cookie', setCookie('device', cookies.setDevice, mode));
  };

  const sendAsset = async (request: Request, response: Response): Promise<void> => {
    const themed = await loading;
    const { path } = request;
    const isOfTheme = path.startsWith('/theme/');
    // a page of another node may name a theme that this one has not seen yet
    const settings = isOfTheme && !themed(known.theme).byPath.has(path) ? await settingsNow().catch(() => known) : known;
    const { byPath, style } = themed(settings.theme);
    const asset = byPath.get(path);
    // a theme that was changed between a page and its style: better today's look than none, but not for long
    const instead = isOfTheme && path.endsWith('.css') ? byPath.get(style) : undefined;
    const sent = asset ?? instead;
    if (sent === undefined) return showNeutral(request, response);
    response.removeHeader('X-Powered-By');
    const headers = assetHeaders(sent.contentType);
    response.writeHead(200, asset === undefined ? { ...headers, 'Cache-Control': 'no-store' } : headers).end(sent.content);
  };

  return { framers, visitOf, browserRequest, answerOf, show, showNeutral, admitted, goTo, addCookies, sendAsset };
};
