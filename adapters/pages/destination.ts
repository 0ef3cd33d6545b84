import { isAllowedRedirect, isOwnReturn, type Leaving } from '../../core/index.ts';
import type { ReturnTransport } from '../../core/ports/return-transport.ts';
import { type ChallengeQuery, decodedState } from './query.ts';
import type { Destination } from './views/leaving.ts';

/** What the pages know of where a browser may be sent. */
export type LeavingRules = {
  readonly transports: readonly ReturnTransport[];
  readonly redirectOrigins: readonly string[];
  readonly anyLoopbackPort: boolean;
  readonly publicUrl: URL;
};

type Target = NonNullable<Leaving['target']>;

/** The return URL with our parameters behind its own query; `state` byte for byte as it came. */
const returnUrl = (target: Target, query: ChallengeQuery): string => {
  const url = new URL(target.url);
  const added = [
    target.token === undefined ? undefined : `token=${encodeURIComponent(target.token)}`,
    target.ticket === undefined ? undefined : `stepward_ticket=${encodeURIComponent(target.ticket)}`,
    query.state === undefined ? undefined : `state=${query.state}`,
  ].filter((pair) => pair !== undefined);
  if (added.length > 0) url.search = [url.search.slice(1), ...added].filter((part) => part !== '').join('&');
  return url.href;
};

const matching = async (url: string, transports: readonly ReturnTransport[]): Promise<ReturnTransport | undefined> => {
  for (const transport of transports) if (await transport.matches(url)) return transport;
  return undefined;
};

/** Where this visit's browser goes. The stored target, and what a transport makes of it, are checked now, whatever was true at track. */
export const destinationOf = async (leaving: Leaving, query: ChallengeQuery, rules: LeavingRules): Promise<Destination> => {
  const { target, message } = leaving;
  if (message !== undefined) return { kind: 'message', token: message.token };
  if (target === undefined) return { kind: 'nowhere' };
  // set by the adapter that entered the visit: the same leaving page, as what follows there ends on another origin
  if (isOwnReturn(target.url, rules.publicUrl.origin)) return { kind: 'redirect', url: returnUrl(target, query) };
  const isAllowed = (url: string) => isAllowedRedirect(url, rules.redirectOrigins, rules.anyLoopbackPort);
  if (!isAllowed(target.url)) return { kind: 'refused' };
  const { token, ticket, sent } = target;
  const transport = await matching(target.url, rules.transports);
  // who was sent by a host goes back by its transport: in a URL his ticket would be seen
  if (transport === undefined) return sent ? { kind: 'refused' } : { kind: 'redirect', url: returnUrl(target, query) };
  const way = await transport.leave(target.url, { token, ticket, ...(sent ?? { state: decodedState(query) }) });
  return way !== undefined && isAllowed(way.url) ? way : { kind: 'refused' };
};
