/** One answer that a browser stood at. */
export type Stop = { readonly url: URL; readonly status: number; readonly headers: Headers; readonly text: string };

/** A browser without scripts: cookies by host and path, forms, redirects; every hop is kept. */
export type WebBrowser = {
  /** Every address that was asked for, oldest first. */
  readonly hops: readonly URL[];
  /** Opens an address and goes where it is sent, until a page or an address under one of `stopAt`. */
  open(address: string | URL, more?: Readonly<Record<string, string>>): Promise<Stop>;
  /** Presses the button with this text, or value, on the page at which it stands, with what was typed. */
  press(button: string | RegExp, typed?: Readonly<Record<string, string>>): Promise<Stop>;
  readonly at: Stop;
  /** Stands at an address with this path instead of asking it, from now on; without one it asks again. */
  holdAt(path?: RegExp): void;
  /** Makes a cookie go, by a part of its name. */
  forget(name: string): void;
  cookies(): readonly string[];
  /** Every value that a cookie ever had. */
  readonly seen: ReadonlySet<string>;
  /** What it would send to this address. */
  cookieHeader(address: string): string;
};

type Cookie = { readonly name: string; readonly value: string; readonly path: string };
type Button = { readonly name?: string; readonly form?: string; readonly value: string; readonly text: string };
type Form = {
  readonly id?: string;
  readonly action: string;
  readonly method: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly buttons: readonly Button[];
};

const mostHops = 25;

const plain = (text: string): string =>
  text
    .replace(/<[^>]*>/g, ' ')
    .replace(/&quot;/g, '"')
    .replace(/&#39;|&#x27;/g, "'")
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&amp;/g, '&')
    .replace(/\s+/g, ' ')
    .trim();

const attribute = (tag: string, name: string): string | undefined => {
  const found = new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1];
  return found === undefined ? undefined : plain(found);
};

const buttonsIn = (html: string): readonly Button[] =>
  [...html.matchAll(/<button\b[^>]*>([\s\S]*?)<\/button>/g)].map(([button, label = '']) => {
    const [tag = ''] = /<button\b[^>]*>/.exec(button) ?? [];
    return { name: attribute(tag, 'name'), form: attribute(tag, 'form'), value: attribute(tag, 'value') ?? '', text: plain(label) };
  });

const formsOf = (html: string): readonly Form[] => {
  const elsewhere = buttonsIn(html).filter(({ form }) => form !== undefined);
  return [...html.matchAll(/<form\b[^>]*>([\s\S]*?)<\/form>/g)].map(([whole, inside = '']) => {
    const [tag = ''] = /<form\b[^>]*>/.exec(whole) ?? [];
    const fields = [...inside.matchAll(/<input\b[^>]*>/g)].flatMap(([input]) => {
      const name = attribute(input, 'name');
      const isChoice = /\stype="(?:checkbox|radio)"/.test(input) && !/\schecked\b/.test(input);
      return name === undefined || isChoice ? [] : [[name, attribute(input, 'value') ?? ''] as const];
    });
    const id = attribute(tag, 'id');
    return {
      id,
      action: attribute(tag, 'action') ?? '',
      method: attribute(tag, 'method') ?? 'get',
      fields: Object.fromEntries(fields),
      buttons: [...buttonsIn(inside), ...elsewhere.filter(({ form }) => id !== undefined && form === id)],
    };
  });
};

/** @param stopAt beginnings of addresses that are not asked: the browser stands at the address that it was sent to. */
export const createWebBrowser = (stopAt: readonly string[], headers: Readonly<Record<string, string>> = {}): WebBrowser => {
  const jars = new Map<string, Cookie[]>();
  const hops: URL[] = [];
  const seen = new Set<string>();
  let at: Stop | undefined;
  let held: RegExp | undefined;

  const cookiesFor = ({ hostname, pathname }: URL): string =>
    (jars.get(hostname) ?? [])
      .filter(({ path }) => path === '/' || pathname === path || pathname.startsWith(path.endsWith('/') ? path : `${path}/`))
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');

  const keep = ({ hostname }: URL, set: string): void => {
    const [pair = '', ...attributes] = set.split(';').map((part) => part.trim());
    const cut = pair.indexOf('=');
    const named = (name: string) => attributes.find((text) => text.toLowerCase().startsWith(`${name}=`))?.slice(name.length + 1);
    const cookie = { name: pair.slice(0, cut), value: pair.slice(cut + 1), path: named('path') ?? '/' };
    const others = (jars.get(hostname) ?? []).filter(({ name, path }) => name !== cookie.name || path !== cookie.path);
    if (cookie.value !== '') seen.add(cookie.value);
    const isGone = named('max-age') === '0' || Date.parse(named('expires') ?? '') < Date.now();
    jars.set(hostname, isGone ? others : [...others, cookie]);
  };

  const go = async (first: URL, form?: URLSearchParams): Promise<Stop> => {
    let url = first;
    let body = form;
    for (let hop = 0; hop < mostHops; hop++) {
      hops.push(url);
      if (held?.test(url.pathname) || stopAt.some((place) => url.href.startsWith(place))) {
        at = { url, status: 0, headers: new Headers(), text: '' };
        return at;
      }
      const response = await fetch(url, {
        redirect: 'manual',
        headers: {
          accept: 'text/html',
          cookie: cookiesFor(url),
          ...headers,
          ...(body && { origin: url.origin, 'sec-fetch-site': 'same-origin' }),
        },
        ...(body && { method: 'POST', body }),
      });
      for (const set of response.headers.getSetCookie()) keep(url, set);
      const location = response.headers.get('location');
      if (location === null) {
        at = { url, status: response.status, headers: response.headers, text: await response.text() };
        return at;
      }
      await response.arrayBuffer();
      url = new URL(location, url);
      body = undefined;
    }
    throw new Error(`redirected for ever: ${hops.slice(-6).join(' -> ')}`);
  };

  const here = (): Stop => {
    if (!at) throw new Error('no page is open');
    return at;
  };

  return {
    hops,
    open: (address) => go(new URL(address)),
    press: async (button, typed = {}) => {
      const fits = ({ text, value }: Button) => (typeof button === 'string' ? text === button || value === button : button.test(text));
      for (const { action, method, fields, buttons } of formsOf(here().text)) {
        const pressed = buttons.find(fits);
        if (!pressed) continue;
        const all = new URLSearchParams({ ...fields, ...typed, ...(pressed.name !== undefined && { [pressed.name]: pressed.value }) });
        const url = new URL(action === '' ? here().url : action, here().url);
        if (method.toLowerCase() === 'post') return go(url, all);
        url.search = all.toString();
        return go(url);
      }
      throw new Error(`no button ${button} at ${here().url}: ${plain(here().text).slice(0, 600)}`);
    },
    get at() {
      return here();
    },
    holdAt: (path) => {
      held = path;
    },
    forget: (name) => {
      for (const [host, cookies] of jars)
        jars.set(
          host,
          cookies.filter((cookie) => !cookie.name.includes(name)),
        );
    },
    cookieHeader: (address) => cookiesFor(new URL(address)),
    seen,
    cookies: () => [...jars.values()].flat().map(({ name }) => name),
  };
};
