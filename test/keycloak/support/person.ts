import { createHash, randomBytes } from 'node:crypto';
import { createWebBrowser, type Stop, type WebBrowser } from '../../support/web-browser.ts';
import { callback, password, type Realm } from './make-realm.ts';

export type Tokens = { readonly status: number; readonly body: Readonly<Record<string, unknown>> };

/** Claims of a token, unread by whoever should check it. */
export const claimsOf = (token: unknown): Readonly<Record<string, unknown>> =>
  JSON.parse(Buffer.from(String(token).split('.')[1] ?? '', 'base64url').toString());

/** A person with a browser, and the application `clientId` of this realm. */
export type Person = WebBrowser & {
  /** The application sends the browser to log in. */
  start(clientId: string, more?: Readonly<Record<string, string>>): Promise<Stop>;
  /** Types name and password on the form at which the browser stands. */
  logIn(username: string, typed?: string): Promise<Stop>;
  /** What came back to the application. */
  answer(): URLSearchParams;
  /** Redeems the code that came back. */
  tokens(clientId: string): Promise<Tokens>;
};

export const createPerson = (realm: Realm, headers: Readonly<Record<string, string>> = {}): Person => {
  const browser = createWebBrowser([callback], headers);
  let verifier = '';
  const at = () => browser.at;
  return Object.assign(Object.create(browser), {
    start: (clientId: string, more = {}) => {
      verifier = randomBytes(32).toString('base64url');
      const asked = new URLSearchParams({
        client_id: clientId,
        redirect_uri: callback,
        response_type: 'code',
        scope: 'openid',
        state: 'app-state',
        code_challenge: createHash('sha256').update(verifier).digest('base64url'),
        code_challenge_method: 'S256',
        ...more,
      });
      return browser.open(`${realm.url}/protocol/openid-connect/auth?${asked}`);
    },
    logIn: (username: string, typed = password) => browser.press(/sign in/i, { username, password: typed }),
    answer: () => {
      if (!at().url.href.startsWith(callback))
        throw new Error(`not back at the application but at ${at().url}: ${at().text.slice(0, 1_000)}`);
      return at().url.searchParams;
    },
    tokens: async (clientId: string) => {
      const answer = await fetch(`${realm.url}/protocol/openid-connect/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'authorization_code',
          client_id: clientId,
          redirect_uri: callback,
          code: at().url.searchParams.get('code') ?? '',
          code_verifier: verifier,
        }),
      });
      return { status: answer.status, body: (await answer.json()) as Readonly<Record<string, unknown>> };
    },
  }) as Person;
};

/** The password grant. */
export const grant = async (
  realm: Realm,
  clientId: string,
  username: string,
  typed = password,
): Promise<Tokens & { readonly headers: Headers }> => {
  const answer = await fetch(`${realm.url}/protocol/openid-connect/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'password', client_id: clientId, username, password: typed, scope: 'openid' }),
  });
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Readonly<Record<string, unknown>> };
};
