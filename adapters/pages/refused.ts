import { type ErrorCode, StepwardError } from '../../core/index.ts';
import type { Notice } from './notice.ts';

/**
 * A button of a page that another tab has outrun asks for what is not permitted or there any more: the page as things stand is the
 * answer, as it is to a form that nobody was shown.
 */
const refusals: Partial<Record<ErrorCode, Notice | 'none'>> = {
  method_not_permitted: 'none',
  not_found: 'none',
  access_denied: 'none',
  invalid_request: 'none',
  last_authenticator: 'last-authenticator',
};

/** What a page says of a command that was refused; anything else is thrown on. */
export const refused = (error: unknown): { readonly refusal: Notice | 'none' } => {
  const refusal = error instanceof StepwardError ? refusals[error.code] : undefined;
  if (refusal === undefined) throw error;
  return { refusal };
};
