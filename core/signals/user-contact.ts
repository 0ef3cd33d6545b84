import { callingCodeCountry } from './calling-codes.ts';
import { defineSignal, type Signal, type SignalInput, type SignalValue, Unknown, type UnknownCause, unknown } from './define.ts';
import { identifierOperators } from './device.ts';

type Contact = Pick<Signal, 'type'> & Partial<Pick<Signal, 'operators' | 'sensitive'>>;

const contact = (
  name: string,
  label: string,
  shape: Contact,
  unknownWhen: readonly UnknownCause[],
  compute: (input: SignalInput) => SignalValue | Unknown,
) => defineSignal({ name: `user.${name}`, label, category: 'User', needs: ['request', 'user'], unknownWhen, compute, ...shape });

const email = ({ request, user }: SignalInput): string | Unknown => request.email ?? user.email ?? unknown('no-input');
const phoneNumber = ({ request, user }: SignalInput): string | Unknown => request.phoneNumber ?? user.phoneNumber ?? unknown('no-input');

const identifier: Contact = { type: 'string', operators: identifierOperators, sensitive: true };
export const userEmail = contact('email', 'E-mail address', identifier, ['no-input'], email);
export const userPhoneNumber = contact('phoneNumber', 'Phone number', identifier, ['no-input'], phoneNumber);

/** Domain of an address, lower-case ASCII (IDNA); unknown where there is none. */
const emailDomain = (input: SignalInput): string | Unknown => {
  const address = email(input);
  if (address instanceof Unknown) return address;
  const domain = address.slice(address.lastIndexOf('@') + 1).trim();
  if (domain === '' || domain.length > 253 || domain.length === address.length) return unknown('unparsable');
  if (/^[A-Za-z0-9.-]+$/.test(domain)) return domain.toLowerCase().replace(/\.$/, '');
  return (/[\s/?#:@\\]/.test(domain) ? undefined : URL.parse(`http://${domain}`)?.hostname) ?? unknown('unparsable');
};

export const userEmailDomain = contact('emailDomain', 'E-mail domain', { type: 'string' }, ['no-input', 'unparsable'], emailDomain);

export const userEmailIsDisposable = contact(
  'emailIsDisposable',
  'E-mail address is disposable',
  { type: 'boolean' },
  ['no-input', 'unparsable', 'no-data-file'],
  (input) => {
    const domain = emailDomain(input);
    if (domain instanceof Unknown) return domain;
    for (let parent = domain; parent.includes('.'); parent = parent.slice(parent.indexOf('.') + 1)) {
      const listed = input.listHas('disposable-domains', parent);
      if (listed === undefined) return unknown('no-data-file');
      if (listed) return true;
    }
    return false;
  },
);

export const userPhoneCountryCode = contact(
  'phoneCountryCode',
  'Country of the phone number',
  { type: 'string' },
  ['no-input', 'unparsable', 'not-in-data-file'],
  (input) => {
    const number = phoneNumber(input);
    if (number instanceof Unknown) return number;
    if (!/^\+[1-9]\d{5,14}$/.test(number)) return unknown('unparsable');
    return callingCodeCountry(number.slice(1)) ?? unknown('not-in-data-file');
  },
);
