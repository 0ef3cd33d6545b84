import type { HostScreen } from '../host-view.ts';

/** A page as it is sent; whoever owns the response may send it itself. */
export type PageAnswer = { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string };

/** How a host's page is shown; `lang` is OpenID Connect's `ui_locales`, in order of preference. */
export type HostShown = { readonly status?: number; readonly lang?: string };

/**
 * What a host on our own origin needs of the pages: its screens, the visits that it enters, the browser that it sees. `Request` and
 * `Response` are those of the server.
 */
export type HostPages<Request, Response> = {
  /**
   * The id of this browser, which lives in an HttpOnly cookie of our own; made where it has none and `canSet`. It says which device asks
   * again, and proves nothing by itself.
   */
  device(request: Request, response: Response, canSet: boolean): string | undefined;
  browser(request: Request): { readonly ipAddress?: string; readonly userAgent?: string; readonly acceptLanguage?: string };
  /**
   * Binds the visit `c` to this browser and sends it there; it comes back to `returnUrl`. False, and nothing is sent, where the visit is
   * not this browser's, is over or unknown. A prefetch is answered and binds nothing.
   */
  enter(
    request: Request,
    response: Response,
    visit: { readonly c: string; readonly returnUrl: string; readonly lang?: string },
  ): Promise<boolean>;
  /** A page, for a framework that sends its answers itself. */
  page(request: Request, screen: HostScreen, shown?: HostShown): Promise<PageAnswer>;
  show(request: Request, response: Response, screen: HostScreen, shown?: HostShown): Promise<void>;
  /**
   * Sends the browser to `href` by a leaving page: no redirect of ours, and none that follows at `href`, is part of the answer to a form
   * post, which `form-action` would stop. Throws a `TypeError` for what is no address to go to.
   */
  leaving(request: Request, href: string, shown?: Pick<HostShown, 'lang'>): Promise<PageAnswer>;
  leave(request: Request, response: Response, href: string, shown?: Pick<HostShown, 'lang'>): Promise<void>;
  /** The fields of a form of these screens; undefined for a post that is too large, says a field twice or comes from another site. */
  posted(request: Request, response: Response): Promise<ReadonlyMap<string, string> | undefined>;
  /**
   * For a page that a host makes itself, `auto-post` for one that posts to an application. To be set before the page is made: a library
   * that adds the hash of its inline script to `script-src` finds it there.
   */
  headers(kind: 'page' | 'auto-post'): Readonly<Record<string, string>>;
};
