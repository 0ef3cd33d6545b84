import type { PolicySet } from '../policy/policies.ts';
import type { Message, SecretMessage } from '../ports/delivery.ts';
import type { Lasting } from '../ports/store.ts';
import type { Ports } from '../settings.ts';
import type { User } from '../user.ts';
import { sendSecret } from '../webhooks/send-message.ts';

const hour = 3_600_000;
/** One message in 30 s and five in an hour to a destination, ten in an hour to a user, three for an instance. */
export const sendLimits = { gap: 30_000, perDestination: 5, perUser: 10, perInstance: 3 } as const;

/** One contact address: what was sent to it, and the challenge that the server API started for it. */
export type Destination = Lasting & { readonly sends: readonly number[]; readonly challenge?: unknown };

/** How long a destination is kept after its last change: longer than any wait that its budget of guesses can ask for. */
const keptFor = 92 * 24 * hour;
export const keptUntil = (now: number): number => now + keptFor;

export const destinationKey = (ports: Pick<Ports, 'secrets'>, address: string): string => ports.secrets.hash('destination', address);

/** When the next message may go out under these limits; `now` or earlier: at once. */
export const nextSend = (sends: readonly number[], limit: number, gap: number, now: number): number => {
  const recent = sends.filter((at) => at > now - hour);
  const last = recent.at(-1);
  const byGap = last === undefined ? 0 : last + gap;
  const byHour = recent.length < limit ? 0 : (recent.at(-limit) ?? 0) + hour;
  return Math.max(byGap, byHour);
};

/** Takes one of a destination's messages, or says when the next is free. Counted over all users and nodes. */
export const reserveSend = (ports: Ports, address: string, now: number): Promise<{ readonly waitUntil?: number }> => {
  const key = destinationKey(ports, address);
  return ports.store.transactRecord<Destination, { readonly waitUntil?: number }>(key, (destination) => {
    const sends = (destination?.sends ?? []).filter((at) => at > now - hour);
    const free = nextSend(sends, sendLimits.perDestination, sendLimits.gap, now);
    if (free > now) return { answer: { waitUntil: free } };
    return { record: { ...destination, until: keptUntil(now), sends: [...sends, now] }, answer: {} };
  });
};

export const userMaySend = (user: User, now: number): number => nextSend(user.sends, sendLimits.perUser, 0, now);
export const countSend = (user: User, now: number): User => ({ ...user, sends: [...user.sends.filter((at) => at > now - hour), now] });

/** Counts what came of a message. */
const counted = async (ports: Ports, { channel }: Message, sent: Promise<void>): Promise<void> => {
  try {
    await sent;
    ports.observe({ type: 'delivery', channel, result: 'sent' });
  } catch (cause) {
    ports.observe({ type: 'delivery', channel, result: 'failed', cause });
    throw cause;
  }
};

/** Sends a notice by mail, after the answer has gone; without mail there is none: it proves nothing, and events tell the same. */
export const deliver = (ports: Ports, message: Message | undefined): void => {
  if (message && ports.settings.sendsMail) counted(ports, message, ports.delivery.send(message)).catch(() => undefined);
};

/** Sends a code or a link and waits for it; rejects with `delivery_failed`. */
export const sendSecretNow = (ports: Ports, set: PolicySet, message: SecretMessage): Promise<void> =>
  counted(ports, message, sendSecret(ports, set, message));

/** The same after the answer has gone; a failure is handed to `failed`. */
export const deliverSecret = (
  ports: Ports,
  set: PolicySet,
  message: SecretMessage,
  failed: () => Promise<void> = async () => undefined,
): void => {
  sendSecretNow(ports, set, message).catch(() => failed().catch(() => undefined));
};
