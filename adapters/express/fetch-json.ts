import { Unavailable } from './refusal.ts';

export type Http = {
  readonly fetch: typeof fetch;
  /** Milliseconds for a whole call, body included. */
  readonly timeout: number;
};

/** What an issuer answered, whatever its status. */
export type Answer = { readonly status: number; readonly body: unknown };

/** Bytes of an answer. */
const mostRead = 1_048_576;

const textOf = async (response: Response): Promise<string> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > mostRead) throw new RangeError(`the answer has more than ${mostRead} bytes`);
    chunks.push(chunk);
  }
  return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
};

/** One call with a deadline, no redirect followed. Rejects with `Unavailable` where there was no answer that can be read. */
export const fetchJson = async (http: Http, url: string, init: RequestInit, retryAfter: number): Promise<Answer> => {
  try {
    const signal = AbortSignal.timeout(http.timeout);
    const headers = { accept: 'application/json', ...init.headers };
    const response = await http.fetch(url, { ...init, headers, redirect: 'error', signal });
    return { status: response.status, body: JSON.parse(await textOf(response)) };
  } catch (cause) {
    throw new Unavailable(`no answer that can be read from ${url}`, retryAfter, { cause });
  }
};
