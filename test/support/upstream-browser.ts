/** A browser of somebody at an upstream provider: it keeps cookies by host and port, and reads the provider's forms. */
export type UpstreamBrowser = {
  /**
   * Opens the address, signs in as this user (undefined: presses Cancel) where the form asks, and answers where the provider sends
   * the browser at last: the first address that is not its own.
   */
  signIn(address: string, login?: string): Promise<URL>;
};

const mostHops = 10;

export const createUpstreamBrowser = (): UpstreamBrowser => {
  const jars = new Map<string, Map<string, string>>();

  const open = async (url: URL, form?: Readonly<Record<string, string>>): Promise<Response> => {
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

  return {
    signIn: async (address, login) => {
      let url = new URL(address);
      const { origin } = url;
      let response = await open(url);
      for (let hops = 0; hops < mostHops; hops++) {
        const location = response.headers.get('location');
        if (location !== null) {
          url = new URL(location, url);
          if (url.origin !== origin) return url;
          response = await open(url);
        } else if (url.pathname.startsWith('/interaction/')) {
          response = await open(url, login === undefined ? { cancel: 'yes' } : { login });
        } else throw new Error(`${response.status} at ${url.pathname}: ${await response.text()}`);
      }
      throw new Error('the provider redirects for ever');
    },
  };
};
