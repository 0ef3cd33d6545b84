import type { Answer } from '../../client/short-call.ts';
import type { PostLoginApi, PostLoginEvent } from './event.ts';
import type { Settings } from './settings.ts';
import { text, texts } from './values.ts';

// What was decided and proven; Auth0's own `acr` and `amr` cannot be set.
export const setClaims = (api: PostLoginApi, { namespace }: Settings, answer: Answer): void => {
  if (namespace === '') return;
  const claims = {
    acr: text(answer.acr),
    amr: texts(answer.amr),
    decision: { state: text(answer.state), degraded: answer.degraded === true },
  };
  for (const [name, value] of Object.entries(claims)) {
    if (value === undefined) continue;
    api.idToken.setCustomClaim(`${namespace}/${name}`, value);
    api.accessToken.setCustomClaim(`${namespace}/${name}`, value);
  }
};

// Marks what was decided without the core.
export const stampDegraded = (event: PostLoginEvent, api: PostLoginApi, settings: Settings): void => {
  setClaims(api, settings, { degraded: true });
  if (event.transaction) api.transaction?.setMetadata('stepward_degraded', true);
};
