import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  sign as cryptoSign,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto';
import type { JWK } from 'jose';

export type Endpoint = 'discovery' | 'jwks' | 'authorization' | 'par' | 'token' | 'userinfo' | 'end_session';

/** `hang` never answers; `endless` sends a body without end; `elsewhere` redirects. */
export type Failure = 'hang' | 'error' | 'endless' | 'elsewhere' | 'no-json';

export type Claims = Readonly<Record<string, unknown>>;
/** A claim that is undefined is left out. */
export type Changes = Readonly<Record<string, unknown>>;

/** How an ID token is signed instead. */
export type Signing = 'none' | 'hs256-with-public-key' | 'foreign-key' | 'unknown-kid' | 'changed-payload' | 'no-signature';

/** What goes wrong, until the faults are cleared. */
export type Fault =
  | { readonly at: Endpoint; readonly fails: Failure }
  /** Members of a JSON answer; of `token`, those beside the ID token. */
  | { readonly at: Endpoint; readonly changes: Changes }
  | { readonly idToken: Changes | ((claims: Claims) => Changes) }
  | { readonly signing: Signing }
  /** Members of the ID token's header. */
  | { readonly header: Changes }
  /** Parameters with which the browser comes back. */
  | { readonly response: Changes };

const without = (value: Claims): Claims => Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined));

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

export const payloadOf = (jwt: string): Claims => JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString('utf8'));
export const headerOf = (jwt: string): Claims => JSON.parse(Buffer.from(jwt.split('.')[0] ?? '', 'base64url').toString('utf8'));

const foreignKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
/** The public half of `foreign-key`, for a token that would bring its own. */
export const foreignJwk = createPublicKey(foreignKey).export({ format: 'jwk' });

/** By hand: a library would not sign what must not be. */
const signed = (claims: Claims, header: Claims, key: KeyObject): string => {
  const text = `${part({ ...header, alg: 'RS256' })}.${part(claims)}`;
  return `${text}.${cryptoSign('sha256', Buffer.from(text), key).toString('base64url')}`;
};

const signers: { readonly [Name in Signing | 'properly']: (claims: Claims, header: Claims, key: KeyObject) => string } = {
  properly: signed,
  none: (claims, header) => `${part({ ...header, alg: 'none' })}.${part(claims)}.`,
  'no-signature': (claims, header) => `${part(header)}.${part(claims)}.`,
  'hs256-with-public-key': (claims, header, key) => {
    const pem = createPublicKey(key).export({ type: 'spki', format: 'pem' });
    const text = `${part({ ...header, alg: 'HS256' })}.${part(claims)}`;
    return `${text}.${createHmac('sha256', pem).update(text).digest('base64url')}`;
  },
  'foreign-key': (claims, header) => signed(claims, header, foreignKey),
  'unknown-kid': (claims, header) => signed(claims, { ...header, kid: 'unknown' }, foreignKey),
  'changed-payload': (claims, header, key) => {
    const [first, , last] = signed(claims, header, key).split('.');
    return `${first}.${part({ ...claims, sub: 'somebody-else' })}.${last}`;
  },
};

/** Signs claims with a key of the provider, or in one of the wrong ways. */
export const sign = (claims: Claims, header: Claims, key: JWK, signing: Signing | 'properly' = 'properly'): string =>
  signers[signing](without(claims), without(header), createPrivateKey({ key: key as JsonWebKey, format: 'jwk' }));

/** Also of a member `__proto__`, which `Object.assign` would not copy. */
const merged = (...values: readonly Claims[]): Claims => Object.fromEntries(values.flatMap((value) => Object.entries(value)));

export const changed = (value: Claims, ...changes: readonly Changes[]): Claims => without(merged(value, ...changes));

/** The ID token as the faults want it. */
export const forged = (idToken: string, faults: readonly Fault[], key: JWK): string => {
  const claims = payloadOf(idToken);
  const changes = faults.flatMap((fault) => ('idToken' in fault ? [fault.idToken] : []));
  const headers = faults.flatMap((fault) => ('header' in fault ? [fault.header] : []));
  const signing = faults.find((fault) => 'signing' in fault)?.signing;
  if (changes.length === 0 && headers.length === 0 && signing === undefined) return idToken;
  const wanted = merged(claims, ...changes.map((change) => (typeof change === 'function' ? change(claims) : change)));
  return sign(wanted, merged(headerOf(idToken), ...headers), key, signing);
};
