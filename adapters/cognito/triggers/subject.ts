import type { TriggerEvent, TriggerRequest } from './event.ts';
import { Refusal } from './refusal.ts';
import { text } from './values.ts';

/** The user's `sub`: it is never given again, as names and addresses are. */
export const subjectOf = ({ request }: TriggerEvent): string => {
  const sub = text(request.userAttributes?.sub);
  if (!sub) throw new Refusal('unavailable', { ref: 'event' });
  return sub;
};

/** Whether Cognito only plays a sign-in, so that nobody learns who exists. Anything but a plain no counts as that. */
export const isUnknownUser = ({ userNotFound }: TriggerRequest): boolean =>
  userNotFound !== undefined && userNotFound !== null && userNotFound !== false;
