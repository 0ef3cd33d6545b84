import { duration, type MessageKey } from '../../../core/index.ts';
import { leftToRight } from '../clean.ts';
import { timeOfDay } from '../format.ts';
import { type Html, html } from '../html.ts';
import { methodFaces } from '../method-faces.ts';
import type { Page } from '../page.ts';
import { isTransaction } from './about.ts';
import type { Asked, Ceremony } from './ceremony.ts';
import { commandForm } from './form.ts';

type CodeFace = { readonly heading: MessageKey; readonly label: MessageKey; readonly hint: MessageKey; readonly field: Html };

const oneTimeCode = html` inputmode="numeric" autocomplete="one-time-code" maxlength="24"`;

const faces = {
  'sent-code': { heading: 'code.heading', label: 'code.label', hint: 'code.hint.sent', field: oneTimeCode },
  'sent-link': { heading: 'link.heading', label: 'code.label', hint: 'link.hint', field: oneTimeCode },
  'app-code': { heading: 'code.heading.app', label: 'code.label.app', hint: 'code.hint.app', field: oneTimeCode },
  'recovery-code': {
    heading: 'code.heading.recovery',
    label: 'code.label.recovery',
    hint: 'code.hint.recovery',
    field: html` class="long" autocomplete="off" autocapitalize="characters" maxlength="48"`,
  },
} as const satisfies Record<string, CodeFace>;

const faceOf = ({ ceremony }: Ceremony): CodeFace => {
  const { asks } = methodFaces[ceremony.method];
  return asks === 'app-code' || asks === 'recovery-code' || asks === 'sent-link' ? faces[asks] : faces['sent-code'];
};

/** The opt-in box, off; only where the action remembers devices. */
export const rememberBox = (view: Pick<Ceremony, 'canRemember'>, { words }: Page): Html | undefined =>
  view.canRemember
    ? html`<label class="check"><input type="checkbox" name="remember" value="yes"><span>${words.say('remember')}</span></label>`
    : undefined;

/** One field for a code, with paste, password managers and autofill left alone. */
export const codeForm = (view: Ceremony, page: Page, submit: MessageKey): Html => {
  const { words, notice } = page;
  const face = faceOf(view);
  const isWrong = notice === 'wrong' || notice === 'late' || notice === 'spent';
  return commandForm(
    page,
    'answer',
    html`<input type="hidden" name="challengeId" value="${view.ceremony.challengeId}">
<label for="code">${words.say(face.label)}</label><input type="text" id="code" name="code" dir="ltr" required spellcheck="false"${face.field}${
      isWrong && html` aria-invalid="true" aria-describedby="hint"`
    }>${isWrong && html`<p class="hint" id="hint">${words.say(face.hint)}</p>`}${rememberBox(view, page)}
<button>${words.say(submit)}</button>`,
  );
};

/** Where a message went and how long what it carries works. */
export const sentLead = (
  { ceremony, subject }: Ceremony,
  { words, now }: Page,
  toOfTransaction: MessageKey = 'code.to.transaction',
): Html => {
  const { tag } = words.locale;
  const left = ceremony.expiresAt - now;
  const validity =
    left > 0
      ? words.say('code.valid', { duration: duration(tag, left), time: timeOfDay(tag, ceremony.expiresAt) })
      : words.say('code.over');
  const to =
    ceremony.destination === undefined
      ? undefined
      : words.say(isTransaction(subject) ? toOfTransaction : 'code.to', { destination: leftToRight(ceremony.destination) });
  return html`<p class="muted">${to} ${validity}</p>`;
};

/** A code that was sent, that an app shows, or that was printed once. */
export const codeAsked = (view: Ceremony, page: Page): Asked => {
  const { words } = page;
  const { asks } = methodFaces[view.ceremony.method];
  const isSent = asks === 'sent-code';
  return {
    title: words.plain(faceOf(view).heading),
    lead: isSent ? sentLead(view, page) : html`<p class="muted">${words.say(asks === 'recovery-code' ? 'code.recovery' : 'code.app')}</p>`,
    form: codeForm(view, page, isTransaction(view.subject) ? 'code.approve' : 'code.continue'),
    ...(isSent && view.ceremony.resendAt !== undefined && { resend: 'code.resend' as const }),
  };
};
