import { actionName, displayText, duration, mailOf } from '../../core/index.ts';
import type { CeremonyContext } from '../../core/ports/authenticator.ts';
import type { SecretMessage } from '../../core/ports/delivery.ts';

/** Writes the message that carries a code: application, action, what is approved, the code, and no link. */
export const emailOtpMessage = (context: CeremonyContext, to: string, code: string, lifeMs: number): SecretMessage => {
  const { words, applicationName, action, display, challengeId } = context;
  const { tag } = words.locale;
  const mail = mailOf(words, 'mail.code.subject', [
    { say: 'mail.code.request', values: { application: applicationName, action: actionName(action, words) } },
    ...(display.length === 0 ? [] : [{ rows: displayText(display, tag) }]),
    { code, label: 'mail.code.code' },
    { say: 'mail.code.validity', values: { duration: duration(tag, lifeMs) } },
    { say: 'mail.code.secrecy' },
    { say: 'mail.code.unexpected' },
  ]);
  return { channel: 'email', to, ...mail, sendId: challengeId, code };
};
