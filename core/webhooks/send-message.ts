import { StepwardError } from '../errors.ts';
import type { PolicySet } from '../policy/policies.ts';
import type { SecretMessage } from '../ports/delivery.ts';
import type { Ports } from '../settings.ts';
import { envelope } from './envelope.ts';
import { isWanted, subscribers, webhookSecret } from './webhook.ts';

/** Whether messages with a code or a link can be sent: by mail, or by a webhook that sends them itself. */
export const canSendMail = ({ settings }: Pick<Ports, 'settings'>, set: Pick<PolicySet, 'webhooks'>): boolean =>
  settings.sendsMail || isWanted(set, 'email.created');

/** What one's own sender is given: the secret by itself, and what it is about; no text of ours. */
const dataOf = ({ to, code, url, facts }: SecretMessage) => ({
  to,
  ...(code !== undefined && { code }),
  ...(url !== undefined && { url }),
  userId: facts?.userId,
  actionCode: facts?.action,
  idempotencyKey: facts?.idempotencyKey,
  verificationMethod: facts?.verificationMethod,
  ipAddress: facts?.ipAddress,
  userAgent: facts?.userAgent,
  locale: facts?.locale,
});

/**
 * Sends a message that carries a secret, once: by the webhook that subscribes to such, else by mail.
 *
 * @throws StepwardError `delivery_failed`.
 */
export const sendSecret = async (ports: Ports, set: PolicySet, message: SecretMessage): Promise<void> => {
  const { secrets, settings, webhooks, delivery, clock } = ports;
  const type = `${message.channel}.created` as const;
  const [webhook] = subscribers(set, type);
  if (!webhook) return delivery.send(message);
  const body = envelope(settings, { type, id: message.sendId, at: clock.now(), data: dataOf(message) });
  const answer = await webhooks.send({ url: webhook.url, body, secret: webhookSecret(secrets, webhook) });
  if (!answer.ok) throw new StepwardError('delivery_failed', 'the webhook that sends messages did not take this one', { cause: answer });
};
