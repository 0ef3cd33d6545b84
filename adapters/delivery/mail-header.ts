import { StepwardError } from '../../core/index.ts';

const control = /[\p{Cc}\p{Zl}\p{Zp}]/u;
const single = /^[^\s<>,;:"()[\]\\@\p{Cc}\p{Cf}]+@[^\s<>,;:"()[\]\\@\p{Cc}\p{Cf}]+$/u;
const named = /^(?:"?([^"<>]*?)"?\s*)<([^<>]+)>$/;

/** A sender or receiver, apart, so that the mail library parses nothing. */
export type MailAddress = { readonly name: string; readonly address: string };

/** Lets text into a header only if it cannot end it: header injection (CWE-93) is refused, not cleaned. */
export const headerText = (name: string, text: string): string => {
  if (control.test(text)) throw new StepwardError('delivery_failed', `the mail's \`${name}\` has a line break or control character`);
  return text;
};

/** Reads exactly one address; a list, a display name or anything that could end the header is refused. */
export const receiver = (text: string): MailAddress => {
  if (!single.test(text)) throw new StepwardError('delivery_failed', "the mail's `to` is not one plain address");
  return { name: '', address: text };
};

/** Reads the configured sender, `address` or `Name <address>`; throws TypeError for anything else. */
export const sender = (text: string): MailAddress => {
  const [, name = '', address = text] = named.exec(text) ?? [];
  if (control.test(text) || !single.test(address)) throw new TypeError('`from` must be `address` or `Name <address>`');
  return { name: name.trim(), address };
};
