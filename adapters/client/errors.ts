import { type ErrorCode, errorCodes, StepwardError } from '../../core/index.ts';
import type { Answer } from './transport.ts';

type ErrorBody = {
  readonly error?: unknown;
  readonly errorDescription?: unknown;
  readonly details?: unknown;
  readonly state?: unknown;
};

const known = new Set<unknown>(errorCodes);

const retryAfter = (headers: Headers): number | undefined => {
  const seconds = Number(headers.get('retry-after'));
  return Number.isFinite(seconds) && seconds > 0 ? seconds : undefined;
};

/** What an error body says; an answer that is none says nothing. */
export const errorBody = ({ body }: Answer): ErrorBody => (typeof body === 'object' && body !== null ? (body as ErrorBody) : {});

/** The refusal that an answer carries. A code that this version does not know becomes `internal_error` (5xx) or `invalid_request`. */
export const errorOf = (answer: Answer): StepwardError => {
  const { error, errorDescription, details, state } = errorBody(answer);
  const fallback: ErrorCode = answer.status >= 500 ? 'internal_error' : 'invalid_request';
  const message = typeof errorDescription === 'string' ? errorDescription : `Stepward answered ${answer.status}`;
  return new StepwardError(known.has(error) ? (error as ErrorCode) : fallback, message, {
    ...(Array.isArray(details) ? { details } : {}),
    ...(typeof state === 'string' ? { state } : {}),
    retryAfter: retryAfter(answer.headers),
  });
};

/** The body of an answer that succeeded. Throws the refusal that it carries otherwise. */
export const bodyOf = (answer: Answer): unknown => {
  if (answer.status >= 200 && answer.status < 300) return answer.body;
  throw errorOf(answer);
};
