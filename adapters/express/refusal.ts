/** What an API answers, by error code: RFC 6750 §3.1, RFC 9449 §7.1, RFC 9470 §3. */
export const refusals = {
  /** No token at all: the bare schemes, no error code. */
  no_token: 401,
  invalid_request: 400,
  invalid_token: 401,
  invalid_dpop_proof: 401,
  insufficient_user_authentication: 401,
} as const;
export type RefusalCode = keyof typeof refusals;

/** A request that is not let in; the message is for the client and holds nothing of what it sent. */
export class Refused extends Error {
  readonly code: RefusalCode;
  constructor(code: RefusalCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Whether to let in cannot be known now: what would say so does not answer. Never a pass. */
export class Unavailable extends Error {
  /** Seconds. */
  readonly retryAfter: number;
  constructor(message: string, retryAfter: number, options?: ErrorOptions) {
    super(message, options);
    this.retryAfter = Math.max(1, Math.ceil(retryAfter));
  }
}
