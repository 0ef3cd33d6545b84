import { randomUUID } from 'node:crypto';
import { consume } from './call.ts';
import { setClaims } from './claims.ts';
import { denied, type Ending } from './ending.ts';
import type { Leg } from './run.ts';
import { userAgentOf } from './track-request.ts';
import { text } from './values.ts';

/** What is used up, and what shows that it was finished for this login and in this browser. */
type Finished = { readonly instance: string; readonly binding: string | undefined; readonly ticket?: string | undefined };

/** Has the core use up the instance: its 200 alone lets anybody in, and no answer is a no under every policy. */
export const useUp = async ({ event, api, settings }: Leg, action: string, { instance, binding, ticket }: Finished): Promise<Ending> => {
  const userId = event.user.user_id;
  const { status, body } = await consume(settings, userId, action, instance, {
    binding,
    ticket,
    // for the one second try of this call alone
    consumeKey: randomUUID(),
    ipAddress: text(event.request?.ip),
    userAgent: userAgentOf(event),
  });
  if (status === 409 && body?.error === 'under_review') return denied(`under_review ${instance}`, 'review');
  if (status === 404 || status === 409) return denied('step_up_failed', 'not-passed');
  if (status !== 200 || body?.consumed !== true || body.userId !== userId || body.idempotencyKey !== instance)
    return denied('step_up_unavailable', 'cannot-consume');
  setClaims(api, settings, body);
  return { said: 'passed' };
};
