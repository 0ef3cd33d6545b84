import { bindingOf } from './binding.ts';
import { denied, type Ending } from './ending.ts';
import type { PostLoginApi, PostLoginEvent } from './event.ts';
import { recordedMethod } from './host-signals.ts';
import { kept } from './redirect.ts';
import type { Leg } from './run.ts';
import { useUp } from './use-up.ts';
import { text } from './values.ts';

const tokenParameterName = 'stepward_token';

/** In an address it would have been in histories and logs: it comes by POST or not at all. */
const cameByPost = ({ request }: PostLoginEvent): boolean =>
  (request?.method ?? 'POST') === 'POST' && request?.query?.[tokenParameterName] === undefined;

// The claims of the return token, which Auth0 checks against this user and login.
const returned = (api: PostLoginApi, secrets: readonly string[]): Readonly<Record<string, unknown>> | undefined => {
  for (const secret of secrets) {
    try {
      return api.redirect.validateToken({ secret, tokenParameterName });
    } catch {
      // the secret before this one may have signed it
    }
  }
  return undefined;
};

/** That it is back says nothing: the core is asked about the instance that was kept here. */
export const resume = async (leg: Leg): Promise<Ending> => {
  const { event, api, settings } = leg;
  const claims = cameByPost(event) ? returned(api, settings.redirectSecrets) : undefined;
  if (!claims) return denied('step_up_failed', 'bad-token');
  const metadata = event.transaction?.metadata ?? {};
  const [instance, nonce, action] = [kept.instance, kept.nonce, kept.action].map((key) => text(metadata[key]));
  const binding = nonce && bindingOf(event, nonce);
  if (!instance || !action || !binding || claims.instance !== instance) return denied('step_up_failed', 'other-login');

  const ended = await useUp(leg, action, { instance, binding, ticket: text(claims.ticket, 1024) });
  if (ended.deny === undefined) {
    api.authentication.recordMethod(recordedMethod(settings));
    for (const key of Object.values(kept)) api.transaction?.setMetadata(key, null);
  }
  return { ...ended, instance };
};
