import { createHmac, randomUUID } from 'node:crypto';
import type { Served } from './served.ts';
import { createWebBrowser, type WebBrowser } from './web-browser.ts';

type Claims = Readonly<Record<string, unknown>>;

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A JWS as Auth0's library makes one; `undefined` members go. */
export const signedBy = (secret: string, claims: Claims, header: Claims = { alg: 'HS256', typ: 'JWT' }): string => {
  const hash = header.alg === 'HS512' ? 'sha512' : 'sha256';
  const signed = `${part(header)}.${part(claims)}`;
  return `${signed}.${header.alg === 'none' ? '' : createHmac(hash, secret).update(signed).digest('base64url')}`;
};

/** Header and claims of a token, as they stand. */
export const partsOf = (token: string): readonly Record<string, unknown>[] =>
  token
    .split('.')
    .slice(0, 2)
    .map((text) => JSON.parse(Buffer.from(text, 'base64url').toString()) as Record<string, unknown>);

/** The leaving page's form: where it posts to, and what. */
export const postOf = (page: string): { readonly action: string; readonly fields: Readonly<Record<string, string>> } => {
  const plain = (text = '') => text.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&');
  const fields = [...page.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)].map(([, name, value]) => [name, plain(value)]);
  return { action: plain(/<form method="post" action="([^"]*)" data-submit>/.exec(page)?.[1]), fields: Object.fromEntries(fields) };
};

/** A login that an Auth0 tenant has begun: its instance, and the URL that the Action sends the browser to. */
export type Auth0Login = {
  readonly userId: string;
  readonly instance: string;
  readonly binding: string;
  readonly url: string;
  /** Of track. */
  readonly token: string;
  /** The URL with a session token and `state`, as Auth0 redirects. */
  sent(token: string | undefined, state?: string): string;
  /** The claims of a right session token, changed. */
  claims(more?: Claims): Claims;
};

/** An Auth0 tenant at `domain`, played: what its Action tracks and signs. */
export const auth0Tenant = (served: Served, domain: string, protocol = 'https') => ({
  /** Somebody with an address of his own, for whom a sign-in was tracked. */
  begin: async (userId: string, more: Claims = {}): Promise<Auth0Login> => {
    const instance = String(more.idempotencyKey ?? randomUUID());
    const binding = Buffer.from(randomUUID()).toString('base64url');
    const { answer } = await served.api.track({
      userId,
      action: 'signIn',
      idempotencyKey: instance,
      binding,
      redirectUrl: `${protocol}://${domain}/continue`,
      ...more,
    });
    return {
      userId,
      instance,
      binding,
      url: answer.url,
      token: answer.token,
      sent: (token, state = 'st-4te_of.auth0') =>
        `${answer.url}${token === undefined ? '' : `&session_token=${token}`}&state=${encodeURIComponent(state)}`,
      claims: (claims = {}) => {
        const iat = Math.floor(served.now() / 1000);
        return { iat, iss: domain, sub: userId, exp: iat + 300, ip: '203.0.113.9', instance, ...claims };
      },
    };
  },
});

/** Gives somebody an address that codes are sent to. */
export const withAddress = async (served: Served, userId: string): Promise<string> => {
  const email = `${userId.replace(/\W/g, '-')}@example.org`;
  await served.api.enrollVerified(userId, { verificationMethod: 'EMAIL_OTP', email });
  return email;
};

/** A browser without scripts, which stands still where it leaves Stepward. */
export const browserFor = (): WebBrowser => createWebBrowser([]);
