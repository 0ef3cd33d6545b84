/** Hosts that never leave the machine; only they may be reached without TLS. */
const isLoopback = (hostname: string): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname);

/** Blanks, control characters and backslashes: the parser repairs them, other readers of the same text might not. */
const isRepaired = (text: string): boolean => /[\s\\\p{Cc}\p{Cf}]/u.test(text);

const parse = (text: string): URL | undefined => {
  if (isRepaired(text) || !/^https?:\/\/[^/]/i.test(text)) return undefined;
  const authority = text.slice(text.indexOf('//') + 2).split(/[/?#]/, 1)[0] ?? '';
  return authority.includes('@') || !URL.canParse(text) ? undefined : new URL(text);
};

/**
 * Tells whether a browser may be sent to `url`: https or loopback, no userinfo, and an origin that equals one of `origins`
 * exactly after WHATWG parsing. With `anyLoopbackPort` (development) every loopback origin counts as listed.
 *
 * @example
 * isAllowedRedirect('https://app.example/back?x=1#top', ['https://app.example'], false); // true
 */
export const isAllowedRedirect = (url: string, origins: readonly string[], anyLoopbackPort: boolean): boolean => {
  const target = parse(url);
  if (target === undefined) return false;
  const loopback = isLoopback(target.hostname);
  if (target.protocol !== 'https:' && !loopback) return false;
  if (anyLoopbackPort && loopback) return true;
  return origins.some((origin) => parse(origin)?.origin === target.origin);
};

/**
 * Tells whether `url` is where an adapter on our own origin goes on after a visit that it entered: below `/oidc/interaction/`, in the
 * very spelling that it is routed by. Only `Visits.enter` takes it; no caller of track may name it.
 */
export const isOwnReturn = (url: string, publicUrl: string): boolean => {
  const target = parse(url);
  return target !== undefined && target.origin === parse(publicUrl)?.origin && /^\/oidc\/interaction\/[\w-]/.test(target.pathname);
};

/** Tells whether `url` is of our own provider, however its path is spelled: routers do not tell capitals apart. */
export const isOfOurProvider = (url: string, publicUrl: string): boolean => {
  const target = parse(url);
  return target !== undefined && target.origin === parse(publicUrl)?.origin && /^\/+oidc(?:\/|$)/i.test(target.pathname);
};

/** Tells whether an origin is allowed, as browsers name it: `https://app.example`, nothing more. */
export const isAllowedOrigin = (origin: string, origins: readonly string[], anyLoopbackPort: boolean): boolean =>
  parse(origin)?.origin === origin && isAllowedRedirect(origin, origins, anyLoopbackPort);
