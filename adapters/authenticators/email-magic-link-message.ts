import { actionName, displayText, duration, mailOf } from '../../core/index.ts';
import type { CeremonyContext } from '../../core/ports/authenticator.ts';
import type { SecretMessage } from '../../core/ports/delivery.ts';

/** Writes the message that carries a link: application, action, what is approved, one link of ours, and no code. */
export const emailMagicLinkMessage = (context: CeremonyContext, to: string, link: string, lifeMs: number): SecretMessage => {
  const { words, applicationName, action, display, challengeId } = context;
  const { tag } = words.locale;
  const mail = mailOf(words, 'mail.link.subject', [
    { say: 'mail.code.request', values: { application: applicationName, action: actionName(action, words) } },
    ...(display.length === 0 ? [] : [{ rows: displayText(display, tag) }]),
    { say: 'mail.link.open' },
    { link, label: 'mail.link.button' },
    { say: 'mail.code.validity', values: { duration: duration(tag, lifeMs) } },
    { say: 'mail.link.elsewhere' },
    { say: 'mail.link.secrecy' },
    { say: 'mail.link.unexpected' },
  ]);
  return { channel: 'email', to, ...mail, sendId: challengeId, url: link };
};
