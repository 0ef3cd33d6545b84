/** What a message is about, for a sender that writes its own text. */
export type MessageFacts = {
  readonly userId?: string;
  readonly action: string;
  readonly idempotencyKey?: string;
  readonly verificationMethod: string;
  readonly ipAddress?: string;
  readonly userAgent?: string;
  readonly locale?: string;
};

/** A message to a person. Text is final: delivery adds nothing. */
export type Message = {
  readonly channel: 'email';
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** The same send repeated has the same id. */
  readonly sendId: string;
  /** The secret that the text carries, by itself: a code, or a link. Neither in a notice. */
  readonly code?: string;
  readonly url?: string;
  readonly facts?: MessageFacts;
};

/** A message that proves something to who reads it; one's own sender gets `code` or `url` in place of the text. */
export type SecretMessage = Message & ({ readonly code: string } | { readonly url: string });

export interface Delivery {
  /** Rejects with `delivery_failed`. Never logs the text outside development mode. */
  send(message: Message): Promise<void>;
}
