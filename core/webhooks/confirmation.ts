import type { PolicySet } from '../policy/policies.ts';
import type { Ports } from '../settings.ts';
import { envelope } from './envelope.ts';

type About = { readonly userId?: string; readonly action: string; readonly idempotencyKey: string };

/** Whether an action has a server of its own that is asked before a challenge counts as met. */
export const asksBeforeSuccess = (set: PolicySet, action: string): boolean =>
  set.actions.get(action)?.configuration.verificationWebhookUrl !== undefined;

/** Asks it. Anything but a 2xx in time leaves the challenge as it is. */
export const confirmation = async (
  { settings, webhooks, random, clock }: Ports,
  set: PolicySet,
  { userId, action, idempotencyKey }: About,
): Promise<'confirmed' | 'unconfirmed'> => {
  const url = set.actions.get(action)?.configuration.verificationWebhookUrl;
  if (url === undefined) return 'confirmed';
  const at = clock.now();
  const body = envelope(settings, {
    type: 'action.verify',
    id: random.uuid(at),
    at,
    data: { userId, actionCode: action, idempotencyKey },
  });
  return (await webhooks.send({ url, body })).ok ? 'confirmed' : 'unconfirmed';
};
