import type { Secrets } from './ports/secrets.ts';

/** Several people may use one browser: the cookie has a secret for each, so that rotating one leaves the others alone. */
const mostUsers = 8;
const entry = /^[A-Za-z0-9_-]{8}\.[A-Za-z0-9_-]{20,64}$/;

const entriesOf = (cookie: string | undefined): readonly string[] =>
  (cookie ?? '')
    .slice(0, 1024)
    .split('~')
    .filter((text) => entry.test(text));
const tagOf = (secrets: Secrets, userId: string): string => secrets.hash('device-user', userId).slice(0, 8);

/** The secret that this browser has of this user. */
export const deviceSecret = (secrets: Secrets, cookie: string | undefined, userId: string): string | undefined => {
  const tag = tagOf(secrets, userId);
  return entriesOf(cookie)
    .find((text) => text.startsWith(`${tag}.`))
    ?.slice(tag.length + 1);
};

/** The cookie with a new secret of this user, the newest first. */
export const withDeviceSecret = (secrets: Secrets, cookie: string | undefined, userId: string, secret: string): string => {
  const tag = tagOf(secrets, userId);
  return [`${tag}.${secret}`, ...entriesOf(cookie).filter((text) => !text.startsWith(`${tag}.`))].slice(0, mostUsers).join('~');
};

export const hashDeviceSecret = (secrets: Secrets, secret: string): string => secrets.hash('device-secret', secret);
