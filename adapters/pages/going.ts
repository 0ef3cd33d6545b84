import type { IncomingMessage, ServerResponse } from 'node:http';
import type { PageAnswer } from '../../core/ports/host-pages.ts';
import type { PagesOptions } from './options.ts';
import { goneTo, type Showing } from './showing.ts';
import { goingScreen } from './views/host.ts';

export const goingPath = '/challenge/on';
const context = 'pages.going';
/** Milliseconds: a browser follows a redirect at once. */
const lastsFor = 60_000;

/** https, http, or a scheme of an app's own (RFC 8252 §7.1): nothing that a browser would run or open itself. */
const isFollowed = (href: string): boolean => /^(?:https?:\/\/|[a-z][a-z0-9+-]*(?:\.[a-z0-9+-]+)+:)/i.test(href) && URL.canParse(href);

type Going = { readonly href: string; readonly lang?: string; readonly until: number };

/**
 * Leaving by a page of its own, to wherever a host says. A form post is answered with a redirect to that page, which is told where to
 * go by a sealed text: nobody but a host makes one.
 */
export const createGoing = ({ secrets, now }: PagesOptions, { answerOf, show, showNeutral }: Showing) => {
  const shown = ({ href, lang }: Pick<Going, 'href' | 'lang'>) =>
    ({ kind: 'leaving', trackLocale: lang, isLastWord: true, screen: goingScreen(new URL(href).href) }) as const;

  const read = (sealed: string): Going | undefined => {
    try {
      const going = JSON.parse(secrets.open(context, sealed)) as Going;
      return now() < going.until ? going : undefined;
    } catch {
      return undefined;
    }
  };

  return {
    /** Throws a `TypeError` for what is no address to go to. */
    leaving: async (request: IncomingMessage, href: string, lang?: string): Promise<PageAnswer> => {
      if (!isFollowed(href)) throw new TypeError('a browser is sent to https, http or an app of its own only');
      if (request.method !== 'POST') return answerOf(request, shown({ href, lang }));
      const going: Going = { href, lang, until: now() + lastsFor };
      return goneTo(`${goingPath}?to=${encodeURIComponent(secrets.seal(context, JSON.stringify(going)))}`, 'redirect', []);
    },

    goOn: async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      const going = read(new URLSearchParams(request.url?.split('?', 2)[1]).get('to') ?? '');
      return going === undefined ? showNeutral(request, response) : show(request, response, shown(going));
    },
  };
};
