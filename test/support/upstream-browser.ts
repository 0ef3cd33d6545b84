/** A browser of somebody at an upstream provider: it keeps cookies by host and port, and reads the provider's forms. */
export type UpstreamBrowser = {
  /**
   * Opens the address, signs in as this user (undefined: presses Cancel) where the form asks, and answers where the provider sends
   * the browser at last: the first address that is not its own.
   */
  signIn(address: string, login?: string): Promise<URL>;
  /** Opens the provider's own address to sign out, says yes, and answers where it sends the browser. */
  signOut(address: string): Promise<URL>;
};

const mostHops = 10;
type Form = Readonly<Record<string, string>>;

export const createUpstreamBrowser = (): UpstreamBrowser => {
  const jars = new Map<string, Map<string, string>>();

  const open = async (url: URL, form?: Form): Promise<Response> => {
    const jar = jars.get(url.host) ?? new Map<string, string>();
    jars.set(url.host, jar);
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(form && { method: 'POST', body: new URLSearchParams(form) }),
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [pair = ''] = cookie.split(';');
      const at = pair.indexOf('=');
      if (/expires=Thu, 01 Jan 1970/i.test(cookie)) jar.delete(pair.slice(0, at));
      else jar.set(pair.slice(0, at), pair.slice(at + 1));
    }
    return response;
  };

  /** Follows the provider until it sends the browser elsewhere; where it shows a form, `answer` says what to post and where. */
  const follow = async (
    address: string,
    answer: (url: URL, page: string) => { readonly to: URL; readonly form: Form } | undefined,
  ): Promise<URL> => {
    let url = new URL(address);
    const { origin } = url;
    let response = await open(url);
    for (let hops = 0; hops < mostHops; hops++) {
      const location = response.headers.get('location');
      if (location !== null) {
        url = new URL(location, url);
        if (url.origin !== origin) return url;
        response = await open(url);
      } else {
        const page = await response.text();
        const next = answer(url, page);
        if (!next) throw new Error(`${response.status} at ${url.pathname}: ${page}`);
        url = next.to;
        response = await open(url, next.form);
      }
    }
    throw new Error('the provider redirects for ever');
  };

  return {
    signIn: (address, login) =>
      follow(address, (url) => {
        const form: Form = login === undefined ? { cancel: 'yes' } : { login };
        return url.pathname.startsWith('/interaction/') ? { to: url, form } : undefined;
      }),
    signOut: (address) =>
      follow(address, (url, page) => {
        const [, action] = /action="([^"]+)"/.exec(page) ?? [];
        const [, xsrf] = /name="xsrf" value="([^"]+)"/.exec(page) ?? [];
        return action !== undefined && xsrf !== undefined ? { to: new URL(action, url), form: { xsrf, logout: 'yes' } } : undefined;
      }),
  };
};
