/** Every error code that can leave the process; the HTTP adapter maps each to one status. */
export const errorCodes = [
  'invalid_request',
  'invalid_rule',
  'invalid_configuration',
  'invalid_credential',
  'unknown_credential',
  'redirect_not_allowed',
  'delivery_failed',
  'unauthorized',
  'expired_token',
  'invalid_token',
  'forbidden',
  'access_denied',
  'enrollment_not_allowed',
  'scope_missing',
  'method_not_permitted',
  'not_found',
  'method_not_allowed',
  'already_exists',
  'last_authenticator',
  'idempotency_conflict',
  'idempotency_in_progress',
  'idempotency_expired',
  'invalid_transition',
  'priority_taken',
  'in_use',
  'self_lockout',
  'challenge_pending',
  'challenge_failed',
  'challenge_expired',
  'binding_mismatch',
  'ticket_mismatch',
  'assurance_unmet',
  'already_consumed',
  'under_review',
  'blocked',
  'address_mismatch',
  'challenge_not_verified',
  'precondition_failed',
  'payload_too_large',
  'unsupported_media_type',
  'precondition_required',
  'too_many_requests',
  'internal_error',
  'unavailable',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** What may accompany an error to the caller; internal detail goes into `cause`, which never leaves the process. */
export type ErrorExtras = {
  readonly details?: readonly unknown[];
  /** Present state of the action instance, for the 409s of consume. */
  readonly state?: string;
  /** Seconds, for `Retry-After`. */
  readonly retryAfter?: number;
  readonly cause?: unknown;
};

/**
 * A refusal with a code and a sentence that says what to change.
 *
 * @example
 * throw new StepwardError('not_found', 'no action instance with key `k-1`');
 */
export class StepwardError extends Error {
  readonly code: ErrorCode;
  readonly extras: ErrorExtras;

  constructor(code: ErrorCode, message: string, extras: ErrorExtras = {}) {
    super(message, extras.cause === undefined ? undefined : { cause: extras.cause });
    this.name = 'StepwardError';
    this.code = code;
    this.extras = extras;
  }
}
