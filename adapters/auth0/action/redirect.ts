import { denied, type Ending } from './ending.ts';
import type { PostLoginApi } from './event.ts';
import type { Settings } from './settings.ts';

/** Kept at Auth0 for this login alone; a browser can neither read nor write it. */
export const kept = { instance: 'stepward_instance', nonce: 'stepward_nonce', action: 'stepward_action' } as const;

// Seconds in which the browser has to arrive at the page.
const arriveWithin = 300;

/** Redirect mode: the browser goes to the challenge page, with a signed token that names the instance and nobody. */
export const sendToChallenge = (
  api: PostLoginApi,
  { redirectSecrets: [secret], pagesUrl, action }: Settings,
  url: unknown,
  { instance, nonce }: { readonly instance: string; readonly nonce: string },
): Ending => {
  const page = new URL(String(url));
  if (page.origin !== new URL(pagesUrl).origin || secret === undefined || !api.transaction)
    return denied('step_up_unavailable', 'cannot-redirect');
  api.transaction.setMetadata(kept.instance, instance);
  api.transaction.setMetadata(kept.nonce, nonce);
  api.transaction.setMetadata(kept.action, action);
  const token = api.redirect.encodeToken({ secret, payload: { instance }, expiresInSeconds: arriveWithin });
  api.redirect.sendUserTo(page.href, { query: { session_token: token } });
  return { said: 'challenge' };
};
