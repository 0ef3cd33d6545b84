import { describe, expect, it } from 'vitest';
import { mergedClaims } from '../../../adapters/oidc/upstream-claims.ts';

type Claims = Readonly<Record<string, unknown>>;

/** What it is about, the ID token, userinfo, and what comes of them. */
const cases: readonly (readonly [string, Claims, Claims, Claims])[] = [
  ['nothing', {}, {}, {}],
  ['claims of both', { name: 'A' }, { locale: 'de' }, { name: 'A', locale: 'de' }],
  ['the ID token before userinfo', { name: 'A' }, { name: 'B' }, { name: 'A' }],
  [
    'no claim of the protocol',
    {
      iss: 'i',
      sub: 's',
      aud: 'a',
      exp: 1,
      nbf: 1,
      iat: 1,
      jti: 'j',
      nonce: 'n',
      azp: 'z',
      at_hash: 'h',
      auth_time: 1,
      acr: 'a',
      amr: [],
      sid: 's',
    },
    { sub: 's', cnf: {}, events: {}, _claim_names: {}, _claim_sources: {}, session_state: 'x' },
    {},
  ],
  ['no name that would become a prototype', JSON.parse('{"__proto__":{"email_verified":true}}'), { email: 'a@x' }, { email: 'a@x' }],
  ['verified, said beside the address', { email: 'a@x', email_verified: true }, {}, { email: 'a@x', email_verified: true }],
  ['verified, said by userinfo', {}, { email: 'a@x', email_verified: true }, { email: 'a@x', email_verified: true }],
  [
    'verified, said by one of two that name the same',
    { email: 'a@x' },
    { email: 'a@x', email_verified: true },
    { email: 'a@x', email_verified: true },
  ],
  [
    'not verified, where the two disagree',
    { email: 'a@x', email_verified: true },
    { email: 'a@x', email_verified: false },
    { email: 'a@x', email_verified: false },
  ],
  ['not verified by what is said of another address', { email: 'a@x' }, { email: 'b@x', email_verified: true }, { email: 'a@x' }],
  ['not verified without an address there', { email: 'a@x' }, { email_verified: true }, { email: 'a@x' }],
  ['not verified without any address', { email_verified: true }, {}, {}],
  ['not verified by text', { email: 'a@x', email_verified: 'true' }, {}, { email: 'a@x' }],
  ['not verified by a number', { email: 'a@x', email_verified: 1 }, {}, { email: 'a@x' }],
  ['not verified, as it says', { email: 'a@x', email_verified: false }, {}, { email: 'a@x', email_verified: false }],
  ['not verified where the address is no text', { email: ['a@x'], email_verified: true }, {}, { email: ['a@x'] }],
  ['the same of telephone numbers', { phone_number: '+1' }, { phone_number: '+2', phone_number_verified: true }, { phone_number: '+1' }],
  [
    'telephone numbers that were verified',
    {},
    { phone_number: '+2', phone_number_verified: true },
    { phone_number: '+2', phone_number_verified: true },
  ],
];

describe('what the ID token and userinfo say together', () => {
  it.each(cases)('%s', (_, idToken, userinfo, expected) => expect(mergedClaims(idToken, userinfo)).toEqual(expected));
});
