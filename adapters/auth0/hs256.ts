import { createHmac, timingSafeEqual } from 'node:crypto';

/** Claims of a token whose signature is known to be right; nothing else of them is. */
export type Claims = Readonly<Record<string, unknown>>;

const objectOf = (part: string): Claims | undefined => {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Claims) : undefined;
  } catch {
    return undefined;
  }
};

const partOf = (value: Claims): string => Buffer.from(JSON.stringify(value)).toString('base64url');

const macOf = (signed: string, secret: string): string => createHmac('sha256', secret).update(signed).digest('base64url');

/** A JWS in compact form (RFC 7515 §7.1) with HS256; a secret is the UTF-8 of its text, as Auth0 takes it. */
export const signHs256 = (claims: Claims, secret: string): string => {
  const signed = `${partOf({ alg: 'HS256', typ: 'JWT' })}.${partOf(claims)}`;
  return `${signed}.${macOf(signed, secret)}`;
};

/**
 * The claims of a token that one of `secrets` signed. HS256 alone, whatever its header says, and no header that changes what is signed
 * (`crit`, RFC 7515 §4.1.11).
 */
export const verifyHs256 = (token: string, secrets: readonly string[]): Claims | undefined => {
  const [header = '', payload = '', mac = '', more] = token.split('.');
  const head = objectOf(header);
  if (more !== undefined || head?.alg !== 'HS256' || Object.hasOwn(head, 'crit')) return undefined;
  const given = Buffer.from(mac);
  const isSigned = secrets.some((secret) => {
    const expected = Buffer.from(macOf(`${header}.${payload}`, secret));
    return expected.length === given.length && timingSafeEqual(expected, given);
  });
  return isSigned ? objectOf(payload) : undefined;
};
