import type { IncomingMessage } from 'node:http';
import type { Limiter, Links, TextSettings, Theme, Visits } from '../../core/index.ts';
import type { Random } from '../../core/ports/random.ts';
import type { ReturnTransport } from '../../core/ports/return-transport.ts';
import type { Secrets } from '../../core/ports/secrets.ts';
import type { PageLinks } from './page.ts';

/** Where the pages write what an operator should know; a pino logger fits. */
export type PagesLog = {
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
};

/** What an operator sets of the pages while they run. */
export type PageSettings = TextSettings & { readonly tenant: { readonly name: string }; readonly theme: Theme };

/** What the hosted pages are made of. */
export type PagesOptions = {
  readonly visits: Visits;
  /** Links in messages. Absent: there is no such page. */
  readonly mailLinks?: Links;
  readonly secrets: Secrets;
  readonly random: Pick<Random, 'bytes'>;
  /** Our own origin: the only one whose form posts are taken. Links of the pages are paths. */
  readonly publicUrl: URL;
  /** Origins that may show a visit in a frame or a window of theirs, and are told how it ends. Empty: nobody. */
  readonly frameAncestors: readonly string[];
  /** The first that matches a return URL leaves to it; without one the pages redirect. */
  readonly transports: readonly ReturnTransport[];
  readonly redirectOrigins: readonly string[];
  /** Development: a browser may return to any loopback origin, and any may frame a visit. */
  readonly anyLoopbackPort?: boolean;
  readonly clientAddress: (request: IncomingMessage) => string | undefined;
  /** Milliseconds UTC. */
  readonly now: () => number;
  readonly log: PagesLog;
  readonly links?: PageLinks;
  /** What the operator has set of texts and look, as new as everything committed before the call; absent: nothing. */
  readonly settings?: () => Promise<PageSettings>;
  /** Absent: nothing is limited. */
  readonly limiter?: Limiter;
  /** "This was not me": tells whether a notice's link is ours and, confirmed, acts on it. Absent: there is no such page. */
  readonly report?: (r: string, confirmed: boolean) => Promise<'known' | 'reported' | 'unknown'>;
};
