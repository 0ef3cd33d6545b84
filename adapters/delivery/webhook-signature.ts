import { createHmac } from 'node:crypto';

/** The value of `X-Signature-V2`: base64 of HMAC-SHA256 over `t.body` without padding, one for each key. */
export const webhookSignature = (body: string, keys: readonly string[], atMs: number): string => {
  const t = Math.floor(atMs / 1000);
  const signed = keys.map((key) => createHmac('sha256', key).update(`${t}.${body}`).digest('base64').replaceAll('=', ''));
  return [`t=${t}`, ...signed.map((one) => `v2=${one}`)].join(',');
};
