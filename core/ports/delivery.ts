/** A message to a person. Text is final: delivery adds nothing. */
export type Message = {
  readonly channel: 'email';
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** The same send repeated has the same id. */
  readonly sendId: string;
};

export interface Delivery {
  /** Rejects with `delivery_failed`. Never logs the text outside development mode. */
  send(message: Message): Promise<void>;
}
