import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HostScreen } from '../../core/index.ts';

type PageAnswer = { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string };
type Shown = { readonly status?: number; readonly lang?: string };

/** The hosted pages as this adapter needs them; the composition root hands them over. */
export type OidcPages = {
  /** The id in this browser's own device cookie; made where there is none and `canSet`. */
  device(request: IncomingMessage, response: ServerResponse, canSet: boolean): string | undefined;
  browser(request: IncomingMessage): { readonly ipAddress?: string; readonly userAgent?: string; readonly acceptLanguage?: string };
  /** Ties a visit to this browser and answers with the way to its page; false, and nothing sent, where it is another browser's. */
  enter(
    request: IncomingMessage,
    response: ServerResponse,
    visit: { readonly c: string; readonly returnUrl: string; readonly lang?: string },
  ): Promise<boolean>;
  /** A page for a response that somebody else writes. */
  page(request: IncomingMessage, screen: HostScreen, shown?: Shown): Promise<PageAnswer>;
  show(request: IncomingMessage, response: ServerResponse, screen: HostScreen, shown?: Shown): Promise<void>;
  /** The answer that `leave` sends, for a response that somebody else writes. */
  leaving(request: IncomingMessage, href: string, shown?: Pick<Shown, 'lang'>): Promise<PageAnswer>;
  /** Sends the browser on from a form post by a page of its own: `form-action` would stop a redirect. */
  leave(request: IncomingMessage, response: ServerResponse, href: string, shown?: Pick<Shown, 'lang'>): Promise<void>;
  /** The fields of a form of ours; undefined for one that another site posted. */
  posted(request: IncomingMessage, response: ServerResponse): Promise<ReadonlyMap<string, string> | undefined>;
  headers(kind: 'page' | 'auto-post'): Readonly<Record<string, string>>;
};
