import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { parseAddress } from '../../core/index.ts';
import type { Egress, EgressAnswer, EgressCall, EgressFailure } from '../../core/ports/egress.ts';
import { createResolve, type Resolve, type ResolvedAddress } from './resolve.ts';
import { createTargets, hostOf, type TargetPolicy } from './targets.ts';

export type EgressSettings = TargetPolicy & {
  /** All addresses of a name. */
  readonly resolve?: Resolve;
  /** Milliseconds for everything: resolving, connecting, answering. Default 5,000. */
  readonly deadline?: number;
};

class Refused extends Error {}

/** Rejects with the signal's reason as soon as it is aborted. */
const orAborted = <T>(signal: AbortSignal, work: Promise<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    work.then(resolve, reject);
  });

/** INVARIANT: hands out nothing but addresses that were checked, so that a second answer of the name server changes nothing. */
const pinned =
  (checked: readonly ResolvedAddress[]): LookupFunction =>
  (_, options, answer) => {
    const first = checked[0];
    if (options.all) answer(null, [...checked]);
    else answer(null, first?.address ?? '', first?.family ?? 4);
  };

/** Reads an answer's body to its end or to the limit; rejects where it ends too soon. */
const bodyOf = (message: IncomingMessage, most: number): Promise<{ readonly body: Buffer<ArrayBuffer>; readonly cut: boolean }> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let read = 0;
    message.on('data', (chunk: Buffer) => {
      read += chunk.length;
      if (read <= most) chunks.push(chunk);
      else {
        message.destroy();
        resolve({ body: Buffer.concat(chunks), cut: true });
      }
    });
    message.once('end', () => resolve({ body: Buffer.concat(chunks), cut: false }));
    message.on('error', reject);
  });

const headersOf = ({ headersDistinct }: IncomingMessage): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries(Object.entries(headersDistinct).map(([name, values]) => [name, values ?? []]));

const failureOf = (error: unknown, signal: AbortSignal): EgressFailure =>
  error instanceof Refused ? 'target' : signal.aborted ? 'timeout' : 'network';

/**
 * Creates what calls servers that somebody else has named: the name is resolved once, every address of it checked, and the
 * connection made to a checked one, with the name kept for TLS and `Host`. No redirect is followed, no proxy of the environment is
 * used, nothing is logged.
 *
 * @throws TypeError for an allowed range that is no CIDR block.
 * @example
 * const egress = createEgress({ allowedRanges: [], loopback: false });
 */
export const createEgress = ({ resolve = createResolve(), deadline = 5_000, ...policy }: EgressSettings): Egress => {
  const targets = createTargets(policy);
  // agents of our own: the global ones can be told by the environment to use a proxy
  const agents = { https: new HttpsAgent({ keepAlive: false }), http: new HttpAgent({ keepAlive: false }) };

  const checkedAddresses = async (url: URL): Promise<readonly ResolvedAddress[]> => {
    const host = hostOf(url);
    const literal = parseAddress(host);
    const found = literal ? [{ address: host, family: literal.family }] : await resolve(host);
    if (found.length === 0 || !found.every(({ address }) => targets.permits(url, address))) throw new Refused();
    return found;
  };

  const made = async ({ method, headers, body, mostRead }: EgressCall, url: URL, signal: AbortSignal): Promise<EgressAnswer> => {
    const checked = await orAborted(signal, checkedAddresses(url));
    const length = body === undefined ? {} : { 'Content-Length': Buffer.byteLength(body) };
    const options: RequestOptions = { method, lookup: pinned(checked), signal, headers: { ...headers, ...length } };
    const request =
      url.protocol === 'http:'
        ? httpRequest(url, { ...options, agent: agents.http })
        : httpsRequest(url, { ...options, agent: agents.https, rejectUnauthorized: true });
    const message = await new Promise<IncomingMessage>((answered, failed) => {
      request.once('response', answered);
      request.on('error', failed);
      request.end(body);
    });
    const read = await orAborted(signal, bodyOf(message, mostRead));
    return { ok: true, status: message.statusCode ?? 0, headers: headersOf(message), ...read };
  };

  return {
    refusal: targets.refusal,
    call: async (call) => {
      if (targets.refusal(call.url) !== undefined) return { ok: false, reason: 'target' };
      const limit = AbortSignal.timeout(deadline);
      const signal = call.signal ? AbortSignal.any([call.signal, limit]) : limit;
      try {
        return await made(call, new URL(call.url), signal);
      } catch (error) {
        return { ok: false, reason: failureOf(error, signal) };
      }
    },
  };
};
