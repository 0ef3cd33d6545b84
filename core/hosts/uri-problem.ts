/** The loopback names of RFC 8252 §7.3 as a parser writes them; only they may be reached without TLS. */
const loopbacks: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Whether a URL names this machine itself. */
export const isLoopbackUrl = (text: string): boolean => {
  const url = URL.parse(text);
  return url !== null && loopbacks.has(url.hostname);
};

/** Scheme of one's own: the reverse of a domain (RFC 8252 §7.1), so that it has a dot; followed by a path or an authority. */
const privateUse = /^[a-z][a-z0-9+-]*(?:\.[a-z0-9+-]+)+:\/{1,3}[^/]/;

/** Whether a URI has a scheme of a native application's own. */
export const isPrivateUse = (text: string): boolean => privateUse.test(text);

const longest = 2048;

type Rule = {
  /** Plain http on loopback. */
  readonly loopback: boolean;
  readonly privateUse?: boolean;
  readonly query?: boolean;
};

const written = (text: string): string | undefined => {
  if (text.length > longest) return `must have at most ${longest} characters`;
  if (text.includes('#')) return 'must have no fragment';
  if (text.includes('*')) return 'must be exact: there are no wildcards';
  return /^[\x21-\x7e]+$/.test(text) && !/[\\"<>^`{|}]/.test(text)
    ? undefined
    : 'must be plain ASCII without blanks and backslashes: percent-encode its path, write its host as `xn--…`';
};

const placed = (text: string, url: URL, rule: Rule): string | undefined => {
  if (url.username || url.password) return 'must have no user name and no password';
  if (rule.query === false && text.includes('?')) return 'must have no query';
  if (rule.privateUse && isPrivateUse(text)) return undefined;
  if (url.protocol === 'http:' && !(rule.loopback && loopbacks.has(url.hostname)))
    return rule.loopback ? 'must begin with `https://` outside `localhost`, `127.0.0.1` and `[::1]`' : 'must begin with `https://`';
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    return rule.privateUse
      ? 'must begin with `https://`, or with a scheme of its own such as `com.example.app:/`'
      : 'must begin with `https://`: schemes of its own are for public clients (`authMethod` `none`)';
  return url.hostname.endsWith('.') ? 'must have a host without a final dot' : undefined;
};

/**
 * What is wrong with a URI that is later compared as text (`must …`); undefined: nothing. It is one that no parser changes, so that
 * everybody who reads it goes to the same place; the slash of an empty path may be left out.
 *
 * @example
 * uriProblem('https://app.example/%2e%2e/cb', { loopback: true }); // must be written as `https://app.example/cb`
 */
export const uriProblem = (text: string, rule: Rule): string | undefined => {
  const problem = written(text);
  if (problem !== undefined) return problem;
  const url = URL.parse(text);
  if (!url) return 'must be an absolute URL';
  const misplaced = placed(text, url, rule);
  if (misplaced !== undefined) return misplaced;
  return url.href === text || url.href === `${text}/` ? undefined : `must be written as \`${url.href}\``;
};

/** What is wrong with an origin as browsers name it (`must …`); undefined: nothing. */
export const originProblem = (text: string): string | undefined =>
  uriProblem(text, { loopback: true }) ??
  (URL.parse(text)?.origin === text ? undefined : 'must be an origin such as `https://app.example`');
