import type { TrackRequest } from '../../../core/index.ts';
import type { TriggerEvent } from './event.ts';
import { formed, text } from './values.ts';

/** An address and that Cognito vouches for it; an address that it does not vouch for stays there. */
const vouched = (value: unknown, verified: unknown, max: number): string | undefined =>
  verified === 'true' ? text(value, max) : undefined;

/** The user, as the pool knows him. Names, groups and other attributes stay there. */
const contactOf = ({ request: { userAttributes = {} } }: TriggerEvent) => {
  const email = vouched(userAttributes.email, userAttributes.email_verified, 320);
  const phoneNumber = vouched(userAttributes.phone_number, userAttributes.phone_number_verified, 64);
  return {
    email,
    emailVerified: email === undefined ? undefined : true,
    phoneNumber,
    phoneNumberVerified: phoneNumber === undefined ? undefined : true,
  };
};

/** What the application says of its browser: claims, that make something known and prove nothing. An address is none of them. */
const claimedOf = ({ request: { clientMetadata = {} } }: TriggerEvent) => ({
  deviceId: formed(clientMetadata.stepward_device, /^[\w.:-]{16,128}$/),
  userAgent: text(clientMetadata.stepward_user_agent, 1024),
  locale: formed(clientMetadata.stepward_locale, /^[A-Za-z\d-]{1,64}$/),
});

/** The event as a body of track: what each trigger says, and what it adds. */
export const trackRequest = (
  event: TriggerEvent,
  idempotencyKey: string,
  { context, ...more }: Partial<TrackRequest>,
): Omit<TrackRequest, 'userId' | 'action'> => ({
  idempotencyKey,
  ...contactOf(event),
  ...claimedOf(event),
  ...more,
  context: { adapter: 'cognito', clientId: event.callerContext.clientId, protocol: 'oidc', ...context },
});
