import { StepwardError } from './errors.ts';
import type { UserAttributes } from './stepward.ts';
import type { User } from './user.ts';

const longestAddress = 254;
// one @, no spaces or control characters, a dot in the domain; what is deliverable only delivery knows
const shape = /^[^\s@<>()[\]\\,;:"\p{C}]{1,64}@[^\s@<>()[\]\\,;:"\p{C}]+\.[^\s@<>()[\]\\,;:"\p{C}]+$/u;
const e164 = /^\+[1-9]\d{5,14}$/;

/** NFKC, domain in lower case (GHSA-7rqj-j65f-68wh: normalise before anything is checked or compared). */
export const normaliseEmail = (email: string): string => {
  const text = email.normalize('NFKC').trim();
  const at = text.lastIndexOf('@');
  const normal = at < 0 ? text : text.slice(0, at + 1) + text.slice(at + 1).toLowerCase();
  if (normal.length > longestAddress || !shape.test(normal)) throw new StepwardError('invalid_request', '`email` is not an e-mail address');
  return normal;
};

export const normalisePhone = (phone: string): string => {
  const text = phone.normalize('NFKC').replace(/[\s().-]/g, '');
  if (!e164.test(text)) throw new StepwardError('invalid_request', '`phoneNumber` is not an E.164 number such as `+4915112345678`');
  return text;
};

/** What an attribute says of a contact address: a new value, and whether the host vouches for it. */
const contact = (
  value: string | null | undefined,
  verified: boolean | null | undefined,
  before: { readonly value?: string; readonly isVerified: boolean; readonly vouched?: string },
  normalise: (text: string) => string,
) => {
  if (value === null) return { value: undefined, isVerified: false, vouched: undefined };
  const next = value === undefined ? before.value : normalise(value);
  // the flag belongs to the address: another address without it is not vouched for, and the last vouched one stays known
  const isVerified =
    next === undefined
      ? false
      : verified === undefined || verified === null
        ? next === before.value && before.isVerified && verified !== null
        : verified;
  const withdrawn = verified === false && next === before.vouched;
  return { value: next, isVerified, vouched: isVerified ? next : withdrawn ? undefined : before.vouched };
};

/** The user with these attributes; `null` clears, `custom` merges key by key. Touches no enrolled authenticator. */
export const withAttributes = (user: User, attributes: UserAttributes): User => {
  const email = contact(
    attributes.email,
    attributes.emailVerified,
    { value: user.email, isVerified: user.emailVerified, vouched: user.vouchedEmail },
    normaliseEmail,
  );
  const phone = contact(
    attributes.phoneNumber,
    attributes.phoneNumberVerified,
    { value: user.phoneNumber, isVerified: user.phoneNumberVerified, vouched: user.vouchedPhoneNumber },
    normalisePhone,
  );
  const text = (value: string | null | undefined, before: string | undefined) => (value === undefined ? before : (value ?? undefined));
  const custom = { ...user.custom };
  for (const [name, value] of Object.entries(attributes.custom ?? {})) {
    if (value === null) delete custom[name];
    else custom[name] = value;
  }
  return {
    ...user,
    custom,
    email: email.value,
    emailVerified: email.isVerified,
    vouchedEmail: email.vouched,
    phoneNumber: phone.value,
    phoneNumberVerified: phone.isVerified,
    vouchedPhoneNumber: phone.vouched,
    username: text(attributes.username, user.username),
    displayName: text(attributes.displayName, user.displayName),
    locale: text(attributes.locale, user.locale),
  };
};
