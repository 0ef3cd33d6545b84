import type { Egress, EgressFailure } from '../../core/ports/egress.ts';

/** What libraries hand to `fetch`; a dispatcher of theirs among it is not used. */
export type GuardedInit = Omit<RequestInit, 'body'> & { readonly body?: RequestInit['body'] | Uint8Array };
export type GuardedFetch = (input: string | URL, init?: GuardedInit) => Promise<Response>;

const withoutBody: ReadonlySet<number> = new Set([204, 205, 304]);

const reasons: { readonly [Reason in EgressFailure]: string } = {
  target: 'may not be called (STEPWARD_EGRESS_ALLOWED_RANGES lists private addresses that may)',
  network: 'cannot be reached',
  timeout: 'did not answer in time',
};

/**
 * Creates a `fetch` that goes through the guard: same arguments, same answers, except that a redirect is an answer like any other,
 * and that more than `mostRead` bytes of a body (default 1 MB) are an error.
 *
 * @example
 * const fetch = createGuardedFetch(createEgress({ allowedRanges: [], loopback: false }));
 */
export const createGuardedFetch =
  (egress: Pick<Egress, 'call'>, mostRead = 1_000_000): GuardedFetch =>
  async (input, { method, headers, body, signal } = {}) => {
    const request = new Request(input, { method, headers, body: body as RequestInit['body'] });
    const { host } = new URL(request.url);
    // Node would also look for this name in the server's certificate
    request.headers.delete('host');
    const answer = await egress.call({
      url: request.url,
      method: request.method,
      headers: Object.fromEntries(request.headers),
      body: request.body === null ? undefined : new Uint8Array(await request.arrayBuffer()),
      mostRead,
      signal: signal ?? undefined,
    });
    if (!answer.ok) {
      if (signal?.aborted) throw signal.reason;
      const message = `\`${host}\` ${reasons[answer.reason]}`;
      throw answer.reason === 'timeout' ? new DOMException(message, 'TimeoutError') : new TypeError(message);
    }
    if (answer.cut) throw new TypeError(`\`${host}\` answered more than ${mostRead} bytes`);
    const pairs = Object.entries(answer.headers).flatMap(([name, values]) => values.map((value): [string, string] => [name, value]));
    return new Response(withoutBody.has(answer.status) ? null : answer.body, { status: answer.status, headers: pairs });
  };
