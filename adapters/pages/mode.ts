import type { IncomingHttpHeaders } from 'node:http';
import type { BrowserRequest } from '../../core/index.ts';

/** How a visit is shown: the page of a tab, a window that some page opened, or a frame in one. */
export type Mode = BrowserRequest['mode'];

/** What the browser says it wants a document for, where it is no tab of its own. A script's `fetch` shows nothing. */
const ofTabs: readonly (string | undefined)[] = [undefined, 'document', 'empty'];

/**
 * Tells the modes apart: `frame` and `window` both say `mode=popup`. Undefined for what no browser would show, such as a frame where
 * nobody may frame us: it is answered without a visit, and binds and decides nothing.
 */
export const modeOf = (headers: IncomingHttpHeaders, popup: boolean, canBeFramed: boolean): Mode | undefined => {
  const destination = headers['sec-fetch-dest'];
  if (ofTabs.includes(destination as string | undefined)) return popup ? 'window' : 'redirect';
  return destination === 'iframe' && popup && canBeFramed ? 'frame' : undefined;
};
