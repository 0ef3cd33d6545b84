const loopback = /^(?:localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/;

/**
 * A URL whose answers, or whose name, can be trusted: https, or http on this machine. Throws `TypeError` otherwise.
 *
 * @param what how the URL is called where it was set
 */
export const safeUrl = (what: string, value: unknown): URL => {
  const url = typeof value === 'string' ? URL.parse(value) : null;
  if (!url || url.username || url.password || url.hash) throw new TypeError(`${what} must be an absolute URL without user and fragment`);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && loopback.test(url.hostname)))
    throw new TypeError(`${what} must be https, or http on a loopback address`);
  return url;
};
