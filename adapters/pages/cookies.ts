/** Every cookie of the pages: `__Host-`, so no sibling domain and no plain http page can set it. */
export const cookieNames = {
  /** Which browser a visit belongs to; ends with the browser's session. */
  browser: '__Host-stepward-browser',
  /** Which device this is; a server record. */
  device: '__Host-stepward-device',
  /** What the next page says once: the page after a form post is a GET, whose address shows nothing of it. */
  notice: '__Host-stepward-notice',
} as const;

export type CookieName = keyof typeof cookieNames;

const lifetimes: Readonly<Record<CookieName, string>> = { browser: '', device: '; Max-Age=34560000', notice: '; Max-Age=60' };

const isToken = (value: string): boolean => /^[\w.~-]{1,512}$/.test(value);

/** Reads one of our cookies; undefined when absent or not of a form that we set. */
export const readCookie = (header: string | undefined, name: CookieName): string | undefined => {
  for (const pair of (header ?? '').split(';')) {
    const cut = pair.indexOf('=');
    if (cut > 0 && pair.slice(0, cut).trim() === cookieNames[name]) {
      const value = pair.slice(cut + 1).trim();
      return isToken(value) ? value : undefined;
    }
  }
  return undefined;
};

const attributes = 'Path=/; Secure; HttpOnly; SameSite=Lax';

/** A Set-Cookie value. Throws a `TypeError` for a value that would not come back whole. */
export const setCookie = (name: CookieName, value: string): string => {
  if (!isToken(value)) throw new TypeError(`cookie \`${cookieNames[name]}\` takes letters, digits and -._~ only`);
  return `${cookieNames[name]}=${value}; ${attributes}${lifetimes[name]}`;
};

/** A Set-Cookie value that removes the cookie. */
export const clearCookie = (name: CookieName): string => `${cookieNames[name]}=; ${attributes}; Max-Age=0`;
