import { errors } from 'oidc-provider';
import { StepwardError } from '../../core/index.ts';

/** Where the database cannot be had the client is told to come again; the library has no other word for it than a fault of ours. */
export const answering = async <T>(use: () => Promise<T>): Promise<T> => {
  try {
    return await use();
  } catch (cause) {
    if (!(cause instanceof StepwardError && cause.code === 'unavailable')) throw cause;
    throw Object.assign(new errors.TemporarilyUnavailable(undefined, { cause }), { status: 503, statusCode: 503 });
  }
};
