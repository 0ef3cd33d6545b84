import type { PostLoginApi, PostLoginEvent } from './event.ts';
import type { Settings } from './settings.ts';
import type { Situation } from './situation.ts';

/** One leg of a login: what came in, and what it is set to. */
export type Leg = { readonly event: PostLoginEvent; readonly api: PostLoginApi; readonly settings: Settings };

/** One execution, with the action instance that it makes. */
export type Run = Leg & {
  readonly situation: Situation;
  readonly instance: string;
  readonly nonce: string;
  readonly binding: string | undefined;
};
