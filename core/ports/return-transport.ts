/** How a page leaves for its host. The first transport whose `matches` is true is used. */
export interface ReturnTransport {
  matches(returnUrl: string): boolean;
  /** What the leaving page does: go to a URL, or post fields to it. */
  leave(
    returnUrl: string,
    result: { readonly token?: string; readonly ticket?: string; readonly state?: string },
  ):
    | { readonly kind: 'redirect'; readonly url: string }
    | { readonly kind: 'post'; readonly url: string; readonly fields: Readonly<Record<string, string>> };
}
