import type { Egress } from '../../core/ports/egress.ts';
import type { WebhookAnswer, WebhookSender } from '../../core/ports/webhook-sender.ts';
import { webhookSignature } from './webhook-signature.ts';

export type WebhookSettings = {
  /** Guards against receivers that must not be called. */
  readonly egress: Egress;
  /** Sign for webhooks without a secret of their own. */
  readonly serverKeys: readonly string[];
  /** Milliseconds UTC. */
  readonly now: () => number;
};

/** Of an answer's body this much is read, and thrown away, before the connection is cut. */
const mostRead = 65_536;

const answerOf = (status: number): WebhookAnswer => {
  if (status >= 200 && status < 300) return { ok: true, status };
  return { ok: false, reason: status >= 300 && status < 400 ? 'redirect' : 'status', status };
};

/**
 * Creates the sender of webhooks, which signs each of them when it is sent.
 *
 * @example
 * const sender = createWebhookSender({ egress, serverKeys, now: Date.now });
 */
export const createWebhookSender = ({ egress, serverKeys, now }: WebhookSettings): WebhookSender => ({
  refusal: egress.refusal,
  send: async ({ url, body, secret }) => {
    const headers = {
      'Content-Type': 'application/json',
      'User-Agent': 'Stepward',
      'X-Signature-V2': webhookSignature(body, secret === undefined ? serverKeys : [secret], now()),
    };
    const answer = await egress.call({ url, method: 'POST', headers, body, mostRead });
    return answer.ok ? answerOf(answer.status) : answer;
  },
});
