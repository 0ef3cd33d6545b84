import { type NextFunction, type Request, type Response, Router, text } from 'express';
import type { View } from '../../core/index.ts';
import { parseCommand, parseForm } from './command.ts';
import { clearCookie, readCookie, setCookie } from './cookies.ts';
import { destinationOf } from './destination.ts';
import { findForgery, isForeign } from './forgery.ts';
import { createGoing, goingPath } from './going.ts';
import { type PageKind, pageHeaders } from './headers.ts';
import { createHostPages, type HostPages } from './host-pages.ts';
import { limitOf, subjectOf } from './limits.ts';
import { mailLinkHandlers } from './mail-link.ts';
import type { Mode } from './mode.ts';
import { type Notice, readNotice, writeNotice } from './notice.ts';
import type { PagesOptions } from './options.ts';
import { isPrefetch } from './prefetch.ts';
import { type ChallengeQuery, parseWaiting, visitPath } from './query.ts';
import { refused } from './refused.ts';
import { reportHandlers } from './report.ts';
import { createShowing } from './showing.ts';
import { viewScreen } from './view-screen.ts';
import { troubleScreen } from './views/ends.ts';
import { type Destination, leavingScreen } from './views/leaving.ts';

/** 16 KiB: a WebAuthn credential fits, an upload does not. */
const maxFormBytes = 16 * 1024;

const subjectLocale = (view: View): string | undefined => ('subject' in view ? view.subject.locale : undefined);

/** A frame or a window tells its end by script; every other leaving page has none that it could do without. */
const leavingKinds = {
  post: 'auto-post',
  message: 'page',
  redirect: 'leaving',
  nowhere: 'leaving',
  refused: 'leaving',
} as const satisfies Record<Destination['kind'], PageKind>;

/** The hosted pages: `/challenge`, `/challenge/done` and their assets, to be mounted at the root; and what a host on our origin shows. */
export const createPages = (options: PagesOptions): { readonly router: Router; readonly host: HostPages } => {
  const { visits, secrets, log } = options;
  const rules = { ...options, anyLoopbackPort: options.anyLoopbackPort ?? false };
  const showing = createShowing(options);
  const { visitOf, browserRequest, show, showNeutral, admitted, goTo, addCookies, sendAsset } = showing;

  const limitAddress = async (request: Request, response: Response, next: NextFunction): Promise<void> => {
    const name = limitOf(request);
    if (name === undefined || (await admitted(request, response, name, subjectOf(options.clientAddress(request))))) next();
  };

  const openPage = async (request: Request, response: Response): Promise<void> => {
    const visit = visitOf(request);
    if (visit === undefined) return showNeutral(request, response);
    const { query, mode } = visit;
    const binds = request.method === 'GET';
    const browser = browserRequest(request, query, mode);
    const answer = await visits.open(browser, binds);
    const { view } = answer;
    if (answer.notAdmitted !== undefined) log.warn({ reason: answer.notAdmitted }, 'a visit was refused: its host does not vouch for it');
    if (binds) addCookies(response, answer, mode);
    if (view.page === 'neutral') return showNeutral(request, response);
    const clean = answer.keepsState ? { ...query, state: undefined } : query;
    if (view.page === 'leave') return goTo(response, visitPath('/challenge/done', clean), mode);
    if (query.sessionToken !== undefined) return goTo(response, visitPath('/challenge', clean), mode);
    const notice = readNotice(secrets, readCookie(request.headers.cookie, 'notice', mode), query.c);
    if (notice !== undefined && binds) response.appendHeader('Set-Cookie', clearCookie('notice', mode));
    return show(request, response, {
      query,
      mode,
      browser: answer.setBrowser ?? browser.browser,
      windowKey: answer.windowKey,
      notice: answer.error ?? notice,
      trackLocale: subjectLocale(view),
      screen: (page) => viewScreen(view, page),
    });
  };

  /** The form comes from a frame that may have no cookies: its key stands where other forms have a token of their browser. */
  const toWindow = async (
    request: Request,
    response: Response,
    { query, mode }: { readonly query: ChallengeQuery; readonly mode: Mode },
    key: string,
  ): Promise<void> => {
    const answer = isForeign(request.headers, options.publicUrl.origin)
      ? undefined
      : await visits.moveToWindow(browserRequest(request, query, mode), key);
    if (answer === undefined || answer.view.page === 'neutral') return showNeutral(request, response, 403);
    addCookies(response, answer, mode);
    return goTo(response, visitPath('/challenge', query), mode);
  };

  const postForm = async (request: Request, response: Response): Promise<void> => {
    const visit = visitOf(request);
    const fields = parseForm(request.body);
    if (visit === undefined || fields === undefined) return showNeutral(request, response, 403);
    const { query, mode } = visit;
    const browser = browserRequest(request, query, mode);
    if (fields.get('do') === 'window') return toWindow(request, response, visit, fields.get('key') ?? '');
    const post = { headers: request.headers, browser: browser.browser, c: query.c, token: fields.get('csrf') };
    const forgery = findForgery(post, options.publicUrl.origin, secrets);
    if (forgery !== undefined) {
      log.warn({ forgery }, 'a form post was refused');
      return showNeutral(request, response, 403);
    }
    // only the visit's own browser comes this far: nobody else can use its count up
    if (!(await admitted(request, response, 'page-visit', query.c))) return;
    const command = parseCommand(fields);
    if (command === undefined) return goTo(response, visitPath('/challenge', query), mode);
    const say = (notice: Notice) => response.appendHeader('Set-Cookie', setCookie('notice', writeNotice(secrets, notice, query.c), mode));
    const answer = await visits.act(browser, command).catch(refused);
    if ('refusal' in answer) {
      if (answer.refusal !== 'none') say(answer.refusal);
      return goTo(response, visitPath('/challenge', query), mode);
    }
    addCookies(response, answer, mode);
    const notice = answer.error ?? (command.do === 'resend' ? 'sent' : answer.changed ? 'changed' : undefined);
    if (notice !== undefined) say(notice);
    return goTo(response, visitPath(answer.view.page === 'leave' ? '/challenge/done' : '/challenge', query), mode);
  };

  const leave = async (request: Request, response: Response): Promise<void> => {
    const visit = visitOf(request);
    if (visit === undefined) return showNeutral(request, response);
    const { query, mode } = visit;
    const leaving = request.method === 'HEAD' ? undefined : await visits.leave(browserRequest(request, query, mode));
    if (leaving === undefined) return showNeutral(request, response);
    addCookies(response, leaving, mode);
    const destination = await destinationOf(leaving, query, rules);
    if (destination.kind === 'refused') log.warn({ result: leaving.result }, 'the return URL of a visit is not an allowed redirect origin');
    return show(request, response, {
      kind: leavingKinds[destination.kind],
      query,
      mode,
      screen: (page) => leavingScreen(leaving, destination, page),
    });
  };

  const waiting = async (request: Request, response: Response): Promise<void> => {
    const asked = parseWaiting(request.url);
    const query = asked && { c: asked.c, popup: asked.mode !== 'redirect', forceEnrollment: false };
    const state = query ? await visits.waiting(browserRequest(request, query, asked.mode), asked.challengeId) : 'over';
    response.removeHeader('X-Powered-By');
    response.writeHead(200, { ...pageHeaders('page', 'redirect', []), 'Content-Type': 'application/json' }).end(JSON.stringify({ state }));
  };

  const withoutPrefetch = (request: Request, response: Response, next: NextFunction): void => {
    if (isPrefetch(request)) response.writeHead(204, { 'Cache-Control': 'no-store' }).end();
    else next();
  };

  const readForm = text({ type: 'application/x-www-form-urlencoded', limit: maxFormBytes });

  const showTrouble = async (error: unknown, request: Request, response: Response, next: NextFunction): Promise<void> => {
    const status = typeof error === 'object' && error !== null && 'status' in error ? Number(error.status) : 500;
    if (response.headersSent) return next(error);
    // Too large, cut off, wrongly encoded: the reader of forms says so with a status of its own.
    if (status >= 400 && status < 500) return showNeutral(request, response, status);
    log.error({ err: error }, 'a page could not be shown');
    response.removeHeader('Set-Cookie');
    const { query, mode } = visitOf(request) ?? {};
    return show(request, response, { status: 503, query, mode, screen: troubleScreen });
  };

  const going = createGoing(options, showing);
  const router = Router();
  router.all(['/challenge', '/challenge/*rest'], limitAddress);
  router.get('/challenge', withoutPrefetch, openPage);
  router.post('/challenge', readForm, postForm);
  router.get('/challenge/done', withoutPrefetch, leave);
  router.get('/challenge/waiting', waiting);
  router.get(goingPath, withoutPrefetch, going.goOn);
  const around = { origin: options.publicUrl.origin, secrets, show, showNeutral, goTo, addCookies };
  if (options.report !== undefined) {
    const report = reportHandlers(options.report, around);
    router.get('/challenge/report', withoutPrefetch, report.open);
    router.post('/challenge/report', readForm, report.press);
  }
  if (options.mailLinks !== undefined) {
    const link = mailLinkHandlers(options.mailLinks, around);
    router.get('/challenge/link', withoutPrefetch, link.open);
    router.post('/challenge/link', readForm, link.press);
  }
  router.get(['/challenge/assets/:name', '/theme/:name'], sendAsset);
  router.all(['/challenge', '/challenge/done'], (request, response) => {
    response.setHeader('Allow', request.path === '/challenge' ? 'GET, HEAD, POST' : 'GET, HEAD');
    return showNeutral(request, response, 405);
  });
  router.use(['/challenge', '/theme'], showTrouble);
  return { router, host: createHostPages(options, showing, going) };
};
