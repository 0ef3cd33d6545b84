import { createHmac, timingSafeEqual } from 'node:crypto';

/** What a webhook of Stepward carries. */
export type WebhookEvent = {
  readonly version: number;
  readonly type: string;
  /** Stable over retries: keep it to handle an event once. */
  readonly id: string;
  readonly source: string;
  readonly time: string;
  readonly tenantId: string;
  readonly data: Readonly<Record<string, unknown>>;
};

/** The body is not what the key signed, or not at this time: answer 400 and do nothing. */
export class SignatureError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SignatureError';
  }
}

export type WebhookCheck = {
  /** The webhook's own secret, or a server key. */
  readonly key: string;
  /** Minutes by which the time of the signature may be off, either way; 5 unless given. */
  readonly tolerance?: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
};

const parts = (header: string): { readonly at: string; readonly signatures: readonly string[] } => {
  const pairs = header.split(',').map((pair) => [pair.slice(0, pair.indexOf('=')).trim(), pair.slice(pair.indexOf('=') + 1).trim()]);
  const at = pairs.find(([name]) => name === 't')?.[1] ?? '';
  return { at, signatures: pairs.flatMap(([name, value]) => (name === 'v2' && value ? [value] : [])) };
};

const sameText = (left: string, right: string): boolean => {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
};

/**
 * The event of a webhook whose signature holds: compared in constant time, signed at most `tolerance` minutes before or after now.
 * Throws `SignatureError` otherwise.
 *
 * @param payload the raw body, unparsed
 * @param header the value of `X-Signature-V2`: `t=<Unix seconds>,v2=<signature>[,v2=<signature>]`
 */
export const constructEvent = (
  payload: string,
  header: string,
  { key, tolerance = 5, now = () => Date.now() }: WebhookCheck,
): WebhookEvent => {
  const { at, signatures } = parts(header ?? '');
  if (!/^\d{1,12}$/.test(at) || signatures.length === 0) throw new SignatureError('the signature header has no time or no signature');
  if (Math.abs(now() / 1000 - Number(at)) > tolerance * 60)
    throw new SignatureError(`the signature is more than ${tolerance} minutes away from now`);
  const expected = createHmac('sha256', key).update(`${at}.${payload}`).digest('base64').replaceAll('=', '');
  const matching = signatures.filter((signature) => sameText(signature.replaceAll('=', ''), expected));
  if (matching.length === 0) throw new SignatureError('no signature of this key is on the body');
  return JSON.parse(payload) as WebhookEvent;
};
