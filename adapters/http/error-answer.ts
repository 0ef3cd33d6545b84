import { type ErrorCode, StepwardError } from '../../core/index.ts';

/** The one status of every error code (wire contract §8). */
export const statusOf = {
  invalid_request: 400,
  invalid_rule: 400,
  invalid_configuration: 400,
  invalid_credential: 400,
  unknown_credential: 400,
  redirect_not_allowed: 400,
  delivery_failed: 400,
  unauthorized: 401,
  expired_token: 401,
  invalid_token: 401,
  forbidden: 403,
  access_denied: 403,
  enrollment_not_allowed: 403,
  scope_missing: 403,
  method_not_permitted: 403,
  not_found: 404,
  method_not_allowed: 405,
  already_exists: 409,
  last_authenticator: 409,
  idempotency_conflict: 409,
  idempotency_in_progress: 409,
  idempotency_expired: 409,
  invalid_transition: 409,
  priority_taken: 409,
  in_use: 409,
  self_lockout: 409,
  challenge_pending: 409,
  challenge_failed: 409,
  challenge_expired: 409,
  binding_mismatch: 409,
  ticket_mismatch: 409,
  assurance_unmet: 409,
  already_consumed: 409,
  under_review: 409,
  blocked: 409,
  address_mismatch: 409,
  challenge_not_verified: 409,
  precondition_failed: 412,
  payload_too_large: 413,
  unsupported_media_type: 415,
  precondition_required: 428,
  too_many_requests: 429,
  internal_error: 500,
  unavailable: 503,
} as const satisfies Record<ErrorCode, number>;

/** Codes whose answer always says when to come back, in seconds. */
const comeBack: Partial<Record<ErrorCode, number>> = { too_many_requests: 1, unavailable: 1, idempotency_in_progress: 1 };

export type ErrorAnswer = {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: readonly string[];
};

/** What the caller hears of a failure: a `StepwardError` as it is, anything else as `internal_error` without detail. */
export const errorAnswer = (failure: unknown, requestId: string): ErrorAnswer => {
  const known = failure instanceof StepwardError && failure.code !== 'internal_error';
  const code = known ? failure.code : 'internal_error';
  const extras = known ? failure.extras : {};
  const retryAfter = extras.retryAfter ?? comeBack[code];
  return {
    status: statusOf[code],
    body: {
      error: code,
      errorCode: code,
      errorDescription: known ? failure.message : 'something went wrong here; quote the request id to the operator',
      requestId,
      ...(extras.details && { details: extras.details }),
      ...(extras.state && { state: extras.state }),
    },
    headers: retryAfter === undefined ? [] : ['Retry-After', String(Math.max(1, Math.ceil(retryAfter)))],
  };
};
