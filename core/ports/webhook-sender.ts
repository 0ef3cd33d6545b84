/** One POST of a signed envelope. */
export type WebhookCall = {
  readonly url: string;
  /** The raw JSON text that is signed. */
  readonly body: string;
  /** The webhook's own; absent: every server key of the environment signs. */
  readonly secret?: string;
};

/** Why a call did not come to a 2xx answer. `target`: its address may not be called; `network`: no connection, no TLS, no answer. */
export type WebhookFailure = 'target' | 'network' | 'timeout' | 'redirect' | 'status';

export type WebhookAnswer =
  | { readonly ok: true; readonly status: number }
  | { readonly ok: false; readonly reason: WebhookFailure; readonly status?: number };

/** Calls the web servers that operators name. Signs at the time of the call, so that a repeated one is young again. */
export interface WebhookSender {
  /** What is wrong with a URL before any name is resolved (`must …`); undefined: nothing. */
  refusal(url: string): string | undefined;
  /** Never rejects, and takes five seconds at most. */
  send(call: WebhookCall): Promise<WebhookAnswer>;
}
