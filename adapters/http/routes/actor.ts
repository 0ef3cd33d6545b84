import { StepwardError } from '../../../core/index.ts';
import type { Principal } from '../route.ts';

/** Who the audit log names; a route of the management API always has one. */
export const actorOf = (principal: Principal | undefined): string => {
  if (!principal) throw new StepwardError('internal_error', 'a management route was reached without a key');
  return principal.actor;
};
