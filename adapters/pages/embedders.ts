import { type Html, html } from './html.ts';
import type { Page } from './page.ts';

/** Who may show a visit in a frame or a window of theirs. */
export type Embedders = {
  /** Exact origins; each message is posted once to each. */
  readonly origins: readonly string[];
  /** Development: any port of a loopback host besides. */
  readonly anyLoopbackPort: boolean;
};

const loopbackSources = ['http://localhost:*', 'http://127.0.0.1:*', 'https://localhost:*', 'https://127.0.0.1:*'];

/** Sources for `frame-ancestors`; none: nobody may frame a page. */
export const framersOf = ({ origins, anyLoopbackPort }: Embedders): readonly string[] =>
  anyLoopbackPort ? [...origins, ...loopbackSources] : origins;

/** What an answer that is no page of a visit is called in the message about it. */
const errorCodes: Readonly<Record<number, string>> = { 403: 'forbidden', 404: 'not_found', 503: 'unavailable' };

/** What the script of a frame or a window needs to talk to whoever shows it: attributes of the document. */
export const embeddedAttributes = ({ mode, embedders, status }: Page): Html | undefined =>
  mode === 'redirect'
    ? undefined
    : html` data-mode="${mode}" data-hosts="${embedders.origins.join(' ')}"${embedders.anyLoopbackPort && html` data-loopback`}${
        status >= 400 && html` data-error="${errorCodes[status] ?? 'invalid_request'}" data-status="${status}"`
      }`;
