import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { parseAddress } from '../../core/index.ts';
import type { WebhookAnswer, WebhookCall, WebhookFailure, WebhookSender } from '../../core/ports/webhook-sender.ts';
import { createResolve, type Resolve, type ResolvedAddress } from './webhook-resolve.ts';
import { webhookSignature } from './webhook-signature.ts';
import { createTargets, hostOf, type TargetPolicy } from './webhook-target.ts';

export type WebhookSettings = TargetPolicy & {
  /** Sign for webhooks without a secret of their own. */
  readonly serverKeys: readonly string[];
  /** Milliseconds UTC. */
  readonly now: () => number;
  /** All addresses of a name. */
  readonly resolve?: Resolve;
  /** Milliseconds for everything: resolving, connecting, answering. Default 5,000. */
  readonly deadline?: number;
};

/** Of an answer's body this much is read, and thrown away, before the connection is cut. */
const mostRead = 65_536;

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

/** Reads an answer to its end or to the limit; its content is nobody's concern. */
const drained = (message: IncomingMessage): Promise<void> =>
  new Promise((resolve, reject) => {
    let read = 0;
    message.on('data', (chunk: Buffer) => {
      read += chunk.length;
      if (read > mostRead) {
        message.destroy();
        resolve();
      }
    });
    message.once('end', resolve);
    message.once('error', reject);
    message.once('close', resolve);
  });

const answerOf = (status: number): WebhookAnswer => {
  if (status >= 200 && status < 300) return { ok: true, status };
  return { ok: false, reason: status >= 300 && status < 400 ? 'redirect' : 'status', status };
};

const failureOf = (error: unknown, signal: AbortSignal): WebhookFailure =>
  error instanceof Refused ? 'target' : signal.aborted ? 'timeout' : 'network';

/**
 * Creates the sender of webhooks: the name is resolved once, every address of it checked, and the connection made to a checked one,
 * with the name kept for TLS and `Host`. No redirect is followed, no proxy of the environment is used, nothing is logged.
 *
 * @throws TypeError for an allowed range that is no CIDR block.
 * @example
 * const sender = createWebhookSender({ allowedRanges: [], loopback: false, serverKeys, now: Date.now });
 */
export const createWebhookSender = ({
  serverKeys,
  now,
  resolve = createResolve(),
  deadline = 5_000,
  ...policy
}: WebhookSettings): WebhookSender => {
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

  const post = async (url: URL, { body, secret }: WebhookCall, signal: AbortSignal): Promise<WebhookAnswer> => {
    const checked = await orAborted(signal, checkedAddresses(url));
    const options: RequestOptions = {
      method: 'POST',
      lookup: pinned(checked),
      signal,
      headers: {
        'Content-Type': 'application/json',
        'Content-Length': Buffer.byteLength(body),
        'User-Agent': 'Stepward',
        'X-Signature-V2': webhookSignature(body, secret === undefined ? serverKeys : [secret], now()),
      },
    };
    const request =
      url.protocol === 'http:'
        ? httpRequest(url, { ...options, agent: agents.http })
        : httpsRequest(url, { ...options, agent: agents.https, rejectUnauthorized: true });
    const message = await new Promise<IncomingMessage>((answered, failed) => {
      request.once('response', answered);
      request.on('error', failed);
      request.end(body);
    });
    await orAborted(signal, drained(message));
    return answerOf(message.statusCode ?? 0);
  };

  return {
    refusal: targets.refusal,
    send: async (call) => {
      if (targets.refusal(call.url) !== undefined) return { ok: false, reason: 'target' };
      const signal = AbortSignal.timeout(deadline);
      try {
        return await post(new URL(call.url), call, signal);
      } catch (error) {
        return { ok: false, reason: failureOf(error, signal) };
      }
    },
  };
};
