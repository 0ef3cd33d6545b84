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

/** Where this visit's browser goes. The stored target, and what a transport makes of it, are checked now, whatever was true at track. */
export const destinationOf = (leaving: Leaving, query: ChallengeQuery, rules: LeavingRules): Destination => {
  const { target, message } = leaving;
  if (message !== undefined) return { kind: 'message', token: message.token };
  if (target === undefined) return { kind: 'nowhere' };
  // set by the adapter that entered the visit: the same leaving page, as what follows there ends on another origin
  if (isOwnReturn(target.url, rules.publicUrl.origin)) return { kind: 'redirect', url: returnUrl(target, query) };
  const isAllowed = (url: string) => isAllowedRedirect(url, rules.redirectOrigins, rules.anyLoopbackPort);
  if (!isAllowed(target.url)) return { kind: 'refused' };
  const transport = rules.transports.find((candidate) => candidate.matches(target.url));
  if (transport === undefined) return { kind: 'redirect', url: returnUrl(target, query) };
  const { token, ticket } = target;
  const way = transport.leave(target.url, { token, ticket, state: decodedState(query) });
  return isAllowed(way.url) ? way : { kind: 'refused' };
};
