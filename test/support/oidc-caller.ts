import { request } from 'node:http';
import { issuer, scope } from './oidc-node.ts';

export const redirectUri = 'https://app.example/cb';

export type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
  /** Of JSON; empty for anything else. */
  readonly body: Readonly<Record<string, unknown>>;
};

type Ask = { readonly form?: Readonly<Record<string, string>>; readonly headers?: Readonly<Record<string, string>> };

/** Asks one node, as whoever reaches it under the name of the issuer. */
export const ask = (port: number, path: string, { form, headers }: Ask = {}): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const sent = request(
      {
        ...{ port, path, host: '127.0.0.1', method: form ? 'POST' : 'GET' },
        headers: { host: new URL(issuer).host, ...(form && { 'content-type': 'application/x-www-form-urlencoded' }), ...headers },
      },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (chunk) => {
          text += chunk;
        });
        answer.on('end', () => {
          const isJson = answer.headers['content-type']?.startsWith('application/json');
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text, body: isJson && text ? JSON.parse(text) : {} });
        });
      },
    );
    sent.on('error', reject);
    sent.end(form && new URLSearchParams(form).toString());
  });

/** A browser that goes from node to node and stops where it would reach the application, or after so many steps. */
export const createOidcBrowser = (account: string) => {
  const cookies = new Map<string, string>();
  const seen = new Set<string>();
  const open = async (port: number, path: string, steps = Number.POSITIVE_INFINITY): Promise<URLSearchParams> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const { status, headers, text } = await ask(port, path, { headers: { cookie, 'x-account': account } });
    for (const line of headers['set-cookie'] ?? []) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '') cookies.delete(name);
      else cookies.set(name, value);
      if (value !== '') seen.add(value);
    }
    const location = String(headers.location ?? '');
    if (location.startsWith(redirectUri)) return new URL(location).searchParams;
    if (location === '') return new URLSearchParams({ status: String(status), text });
    const { pathname, search } = new URL(location, issuer);
    return steps > 1 ? open(port, `${pathname}${search}`, steps - 1) : new URLSearchParams({ to: `${pathname}${search}` });
  };
  return {
    cookies,
    /** Every value that a cookie ever had. */
    seen,
    open,
    /** What the application gets of an authorization request; after so many steps, where the browser would go next, as `to`. */
    authorize: (port: number, clientId: string, more: Readonly<Record<string, string>> = {}, steps?: number) =>
      open(
        port,
        `/auth?${new URLSearchParams({ client_id: clientId, response_type: 'code', redirect_uri: redirectUri, scope, ...more })}`,
        steps,
      ),
  };
};
