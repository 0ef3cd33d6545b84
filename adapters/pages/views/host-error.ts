import type { HostScreen, MessageKey } from '../../../core/index.ts';
import { isolated, leftToRight } from '../clean.ts';
import { type Html, html } from '../html.ts';
import type { IconName } from '../icons.ts';
import type { Page, Screen } from '../page.ts';
import { badge } from './ends.ts';

type Kind = { readonly icon: IconName; readonly tone: '' | 'stop'; readonly heading: MessageKey; readonly text: MessageKey };

const request: Kind = { icon: 'question', tone: '', heading: 'host-error.request.heading', text: 'host-error.request.text' };
const client: Kind = { icon: 'stop', tone: 'stop', heading: 'host-error.client.heading', text: 'host-error.client.text' };
const refused: Kind = { icon: 'stop', tone: 'stop', heading: 'host-error.refused.heading', text: 'host-error.refused.text' };
const trouble: Kind = { icon: 'clock', tone: '', heading: 'trouble.heading', text: 'host-error.trouble.text' };

/** RFC 6749 §4.1.2.1, OpenID Connect Core §3.1.2.6, RFC 7591, 8707, 9101, 9126, 9396, 9449. */
const kinds: ReadonlyMap<string, Kind> = new Map([
  ['invalid_request', request],
  ['invalid_request_object', request],
  ['invalid_request_uri', request],
  ['request_not_supported', request],
  ['request_uri_not_supported', request],
  ['registration_not_supported', request],
  ['unsupported_response_type', request],
  ['unsupported_response_mode', request],
  ['invalid_scope', request],
  ['invalid_target', request],
  ['invalid_authorization_details', request],
  ['invalid_dpop_proof', request],
  ['invalid_client', client],
  ['invalid_client_metadata', client],
  ['invalid_redirect_uri', client],
  ['unauthorized_client', client],
  ['access_denied', refused],
  ['account_selection_required', refused],
  ['consent_required', refused],
  ['interaction_required', refused],
  ['login_required', refused],
  ['unmet_authentication_requirements', refused],
  ['server_error', trouble],
  ['temporarily_unavailable', trouble],
]);

/** A name that may be cut between its words. */
const breakable = (name: string): Html =>
  html`<bdi dir="ltr">${name.split('_').map((word, index) => (index === 0 ? word : html`_<wbr>${word}`))}</bdi>`;

/** What failed, in plain language. The error's name is shown where it is one of those above; never what came with it. */
export const errorScreen = ({ error, reference }: Extract<HostScreen, { screen: 'host-error' }>, page: Page): Screen => {
  const { words, organisation } = page;
  const known = kinds.get(error);
  const { icon, tone, heading, text } = known ?? request;
  return {
    title: words.plain(heading),
    isError: true,
    body: html`${badge(icon, tone)}<h1>${words.say(heading)}</h1><p class="muted">${words.say(text, {
      application: isolated(organisation, 'name'),
    })}</p>
<dl><dt>${words.say('reference')}</dt><dd>${leftToRight(reference)}</dd>${
      known !== undefined && html`<dt>${words.say('host-error.name')}</dt><dd>${breakable(error)}</dd>`
    }</dl>`,
  };
};
