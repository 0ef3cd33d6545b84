import { html } from '../html.ts';
import type { Page } from '../page.ts';
import { qrCode } from '../qr-code.ts';
import type { Asked, Ceremony } from './ceremony.ts';
import { codeForm } from './code.ts';

type Shown = { readonly uri: string; readonly secret: string };

const isShown = (shown: unknown): shown is Shown =>
  typeof shown === 'object' &&
  shown !== null &&
  'uri' in shown &&
  typeof shown.uri === 'string' &&
  shown.uri.startsWith('otpauth://') &&
  shown.uri.length <= 1024 &&
  'secret' in shown &&
  typeof shown.secret === 'string';

const inGroupsOfFour = (secret: string): string => (secret.match(/.{1,4}/g) ?? []).join(' ');

/** A new authenticator app: the secret as a picture, as a link for this device, and in groups of four. */
export const appSetupAsked = (view: Ceremony, page: Page): Asked => {
  const { words } = page;
  const { shown } = view.ceremony;
  return {
    title: words.plain('totp.heading'),
    lead: isShown(shown)
      ? html`<p class="muted">${words.say('totp.step.scan')}</p>${qrCode(shown.uri, words.plain('totp.qr'))}
<p class="muted">${words.say('totp.step.type')}</p><code class="secret" dir="ltr">${inGroupsOfFour(shown.secret)}</code><p class="muted"><a href="${shown.uri}">${words.say('totp.open')}</a></p>`
      : html``,
    form: codeForm(view, page, 'totp.confirm'),
  };
};
