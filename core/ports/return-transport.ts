/** Which visit a browser is sent with, as the enforcement point knows it. */
export type SentVisit = { readonly userId: string; readonly instance: string };

/** How a browser goes: to a URL, or by a post of fields to it. */
export type LeavingWay =
  | { readonly kind: 'redirect'; readonly url: string }
  | { readonly kind: 'post'; readonly url: string; readonly fields: Readonly<Record<string, string>> };

/** Why what a host sent a browser with does not count; for the log, the browser is told nothing. */
export type NotAdmitted =
  | 'no session token'
  | 'not signed by this tenant'
  | 'of another issuer'
  | 'of another visit'
  | 'expired'
  | 'no state'
  | 'of an unknown host';

/** How a page leaves for its host. The first transport whose `matches` is true is used. */
export interface ReturnTransport {
  matches(returnUrl: string): boolean | Promise<boolean>;
  /**
   * For a host that vouches for each browser that it sends: whether `token`, of the visit's URL, does so for this visit. A transport without
   * it takes every browser.
   */
  admit?(returnUrl: string, visit: SentVisit, token: string | undefined): Promise<'admitted' | NotAdmitted>;
  /**
   * What the leaving page does; undefined: there is no way back.
   *
   * @param result `state` is the one that the host sent the admitted browser with, or else that of the page's URL.
   */
  leave(
    returnUrl: string,
    result: { readonly token?: string; readonly ticket?: string; readonly state?: string; readonly visit?: SentVisit },
  ): LeavingWay | undefined | Promise<LeavingWay | undefined>;
}
