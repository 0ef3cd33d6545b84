import { StepwardError } from '../../core/index.ts';

/** One request to the HTTP API. `path` starts with `/` and is already encoded. */
export type Call = {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
};

/** What came back, whatever its status. `body` is undefined for an empty one. */
export type Answer = { readonly status: number; readonly headers: Headers; readonly body: unknown };

/** Sends one request. Rejects with `unavailable` where there was no answer that can be read before the deadline. */
export type Send = (call: Call) => Promise<Answer>;

export type Connection = {
  /** Address of the API with its version, such as `https://stepward.example/v1`. */
  readonly base: string;
  readonly key: string;
  /** Milliseconds for the whole call, body included. */
  readonly timeout: number;
  readonly fetch: typeof fetch;
};

/** The address without a slash at its end. Throws `TypeError` for anything but http and https. */
export const baseUrl = (value: string): string => {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) throw new TypeError(`\`${value}\` is no http or https URL`);
  if (url.username || url.password || url.search || url.hash)
    throw new TypeError('the URL of Stepward has no user, query or fragment: give the key apart');
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
};

const stringified = new Set(['undefined', 'null', 'NaN', '[object Object]']);

/** One encoded segment of a path. Throws `TypeError` for what would change the path, or is a mistake that came to be a string. */
export const segment = (name: string, value: string): string => {
  if (typeof value !== 'string' || value === '') throw new TypeError(`\`${name}\` must be a string that is not empty`);
  if (value === '.' || value === '..') throw new TypeError(`\`${name}\` must not be \`${value}\`: it would name another path`);
  if (stringified.has(value)) throw new TypeError(`\`${name}\` is the text \`${value}\`: the value was missing where it was made`);
  try {
    return encodeURIComponent(value);
  } catch (cause) {
    throw new TypeError(`\`${name}\` is no well-formed text`, { cause });
  }
};

const search = (query: Call['query'] = {}): string => {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined && value !== '') params.set(name, String(value));
  return params.size === 0 ? '' : `?${params}`;
};

const parsed = (text: string): unknown => (text === '' ? undefined : JSON.parse(text));

/** A `Send` over fetch: no dependency, no redirect followed, no retry, one deadline for the headers and the body. */
export const createSend = ({ base, key, timeout, fetch }: Connection): Send => {
  const common = { accept: 'application/json', authorization: `Basic ${btoa(`${key}:`)}`, 'user-agent': 'stepward-client' };
  return async ({ method, path, query, body, headers: more }) => {
    const url = `${base}${path}${search(query)}`;
    const content = body === undefined ? {} : { body: JSON.stringify(body) };
    const headers = { ...common, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...more };
    try {
      const signal = AbortSignal.timeout(timeout);
      const response = await fetch(url, { method, redirect: 'error', signal, headers, ...content });
      return { status: response.status, headers: response.headers, body: parsed(await response.text()) };
    } catch (cause) {
      const late = cause instanceof Error && cause.name === 'TimeoutError';
      const what = late ? `no answer within ${timeout} ms` : 'no answer that can be read';
      throw new StepwardError('unavailable', `${what} from ${base}`, { cause });
    }
  };
};
