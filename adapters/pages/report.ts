import { parseForm } from './command.ts';
import { isForeign } from './forgery.ts';
import type { Around, Handler } from './mail-link.ts';
import type { PagesOptions } from './options.ts';
import { reportedScreen, reportScreen } from './views/report.ts';

/**
 * The page behind the "this was not me" link of a notice. A mail scanner follows it: only the button reports. The unguessable `r` stands
 * where a visit has its token.
 */
export const reportHandlers = (
  report: NonNullable<PagesOptions['report']>,
  { origin, show, showNeutral, goTo }: Pick<Around, 'origin' | 'show' | 'showNeutral' | 'goTo'>,
): { readonly open: Handler; readonly press: Handler } => ({
  open: async (request, response) => {
    const r = new URLSearchParams(request.url.slice(request.url.indexOf('?') + 1)).get('r') ?? '';
    if (r === 'done') return show(request, response, { screen: reportedScreen });
    const found = await report(r, false);
    return found === 'known' ? show(request, response, { screen: reportScreen(r) }) : showNeutral(request, response);
  },

  press: async (request, response) => {
    const r = parseForm(request.body)?.get('r') ?? '';
    if (isForeign(request.headers, origin)) return showNeutral(request, response, 403);
    const found = await report(r, true);
    return found === 'reported' ? goTo(response, '/challenge/report?r=done') : showNeutral(request, response);
  },
});
