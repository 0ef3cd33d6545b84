import { dataPoints, samplePolicy } from '../../../adapters/cli/auth0/sample-policy.ts';
import type { Served } from '../../support/served.ts';

/** Puts the policy in place that comes with the Action, except that whom no rule of it lets through is challenged. */
export const useSamplePolicy = async (served: Served, mode: 'redirect' | 'native'): Promise<void> => {
  for (const point of dataPoints) await served.manage('POST', '/custom-data-points', point);
  const { actions } = samplePolicy({ action: 'signIn', refreshAction: 'tokenRefresh', mode, failurePolicy: 'deny' });
  for (const { configuration, rules } of actions) await served.configure(configuration.actionCode, configuration, rules);
  await served.configure('signIn', { defaultUserActionResult: 'CHALLENGE' });
};
