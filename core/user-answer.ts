import type { User } from './user.ts';

/** What a user's attributes are on the wire. */
export const attributesAnswer = ({
  email,
  emailVerified,
  phoneNumber,
  phoneNumberVerified,
  username,
  displayName,
  locale,
  custom,
}: User) => ({
  email,
  emailVerified,
  phoneNumber,
  phoneNumberVerified,
  username,
  displayName,
  locale,
  custom,
});
