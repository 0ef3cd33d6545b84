import type { SignalType, SignalValue, Variable } from '../signals/define.ts';
import { canonicalAddress } from './address.ts';
import { formatCidr, parseCidr } from './cidr.ts';

/** How a type is asked for. */
export const typeWords = {
  boolean: 'a boolean',
  number: 'a number',
  string: 'a string',
  strings: 'an array of strings',
  ip: 'an IP address',
} as const satisfies Record<SignalType, string>;

const isCountry = (name: string): boolean => /countryCode$/i.test(name) && !/^(user\.)?custom\./.test(name);

/** The form in which the edge hands over values of this variable. */
const canonicalText = ({ name }: Variable, text: string): string => {
  if (name === 'user.id') return text;
  const normal = text.normalize('NFKC');
  if (isCountry(name)) return normal.toUpperCase();
  return name === 'user.emailDomain' ? normal.toLowerCase() : normal;
};

/** One value of the variable's type (one element of a multiselect) in canonical form; undefined where it is none. */
export const canonicalLiteral = (variable: Variable, value: unknown): string | number | boolean | undefined => {
  switch (variable.type) {
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined;
    case 'number':
      return typeof value === 'number' ? value : undefined;
    case 'ip':
      return typeof value === 'string' ? canonicalAddress(value) : undefined;
    case 'string':
    case 'strings':
      return typeof value === 'string' ? canonicalText(variable, value) : undefined;
  }
};

/** A whole value of the variable's type in canonical form; undefined where it is none. */
export const canonicalValue = (variable: Variable, value: unknown): SignalValue | undefined => {
  if (variable.type !== 'strings') return canonicalLiteral(variable, value);
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) return undefined;
  return value.map((item) => canonicalText(variable, item));
};

/** A block of addresses in canonical form; undefined where it is none. */
export const canonicalBlock = (value: unknown): string | undefined => {
  const block = typeof value === 'string' ? parseCidr(value) : undefined;
  return block && formatCidr(block);
};
