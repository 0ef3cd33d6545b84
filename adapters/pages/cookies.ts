import type { Mode } from './mode.ts';

/**
 * The cookies of the pages. `browser`: which browser a visit belongs to; it ends with the browser's session. `device`: which device
 * this is; a server record. `device-id`: the same for a host on our origin, an id that stays. `notice`: what the next page says once; the page after a form post is a GET, whose address shows nothing of it.
 */
export type CookieName = 'browser' | 'device' | 'device-id' | 'notice';

/**
 * Each is `__Host-`, so no sibling domain and no plain http page can set it. A frame on another site has a jar of its own, one for each embedder: a device remembered inside it is unknown at top level. Names of
 * its own keep the two jars apart where an embedder on our own site sees both.
 */
const jars: Readonly<Record<Mode, { readonly prefix: string; readonly attributes: string }>> = (() => {
  const tab = { prefix: '__Host-stepward-', attributes: 'Path=/; Secure; HttpOnly; SameSite=Lax' };
  const frame = { prefix: '__Host-stepward-frame-', attributes: 'Path=/; Secure; HttpOnly; SameSite=None; Partitioned' };
  return { redirect: tab, window: tab, frame };
})();

/** 400 days: no browser keeps a cookie for longer. */
const longest = '; Max-Age=34560000';

const lifetimes: Readonly<Record<CookieName, string>> = { browser: '', device: longest, 'device-id': longest, notice: '; Max-Age=60' };

const isToken = (value: string): boolean => /^[\w.~-]{1,512}$/.test(value);

const nameOf = (name: CookieName, mode: Mode): string => `${jars[mode].prefix}${name}`;

/** Reads one of our cookies; undefined when absent or not of a form that we set. */
export const readCookie = (header: string | undefined, name: CookieName, mode: Mode): string | undefined => {
  for (const pair of (header ?? '').split(';')) {
    const cut = pair.indexOf('=');
    if (cut > 0 && pair.slice(0, cut).trim() === nameOf(name, mode)) {
      const value = pair.slice(cut + 1).trim();
      return isToken(value) ? value : undefined;
    }
  }
  return undefined;
};

/** A Set-Cookie value. Throws a `TypeError` for a value that would not come back whole. */
export const setCookie = (name: CookieName, value: string, mode: Mode): string => {
  if (!isToken(value)) throw new TypeError(`cookie \`${nameOf(name, mode)}\` takes letters, digits and -._~ only`);
  return `${nameOf(name, mode)}=${value}; ${jars[mode].attributes}${lifetimes[name]}`;
};

/** A Set-Cookie value that removes the cookie. */
export const clearCookie = (name: CookieName, mode: Mode): string => `${nameOf(name, mode)}=; ${jars[mode].attributes}; Max-Age=0`;
