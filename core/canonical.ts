import { base64url } from './base64url.ts';
import type { DisplayItem } from './request.ts';

/** JSON with sorted keys and without undefined members: equal values give equal text. */
export const canonicalJson = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
  return `{${members.join(',')}}`;
};

const normalised = (value: unknown): unknown => {
  if (typeof value === 'string') return value.normalize('NFC');
  if (Array.isArray(value)) return value.map(normalised);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, normalised(member)]));
  return value;
};

/**
 * base64url SHA-256 of the transaction data in canonical form (sorted keys, NFC strings, money in minor units), as bound into
 * every proof. The empty string where there is nothing to show.
 */
export const hashDisplay = async (display: readonly DisplayItem[] | undefined): Promise<string> => {
  if (!display || display.length === 0) return '';
  const bytes = new TextEncoder().encode(canonicalJson(normalised(display)));
  return base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)));
};
