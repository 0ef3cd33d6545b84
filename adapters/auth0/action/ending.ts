import type { PostLoginApi, PostLoginEvent } from './event.ts';
import type { Leg } from './run.ts';
import { readSettings } from './settings.ts';

/** How an execution ends: what the log says, and the reason of a denial where it is one. */
export type Ending = { readonly said: string; readonly deny?: string; readonly instance?: string | undefined };

// Refused, for a reason that reaches the application as `error_description`.
export const denied = (deny: string, said = deny): Ending => ({ said, deny });

/** Runs one leg: no fault lets anybody in. The log names the instance and no person. */
export const ending = async (event: PostLoginEvent, api: PostLoginApi, run: (leg: Leg) => Promise<Ending>): Promise<void> => {
  const began = Date.now();
  let ended = denied('step_up_unavailable', 'failed');
  try {
    const settings = readSettings(event);
    ended = settings.wrong ? denied('step_up_unavailable', `misconfigured:${settings.wrong}`) : await run({ event, api, settings });
  } catch {}
  if (ended.deny) api.access.deny(ended.deny);
  console.log(`stepward ${ended.said} ${ended.instance ?? '-'} ${Date.now() - began}`);
};
