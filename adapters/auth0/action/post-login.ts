import { ending } from './ending.ts';
import type { PostLoginApi, PostLoginEvent } from './event.ts';
import { execute } from './execute.ts';
import { resume } from './resume.ts';

/** A login, a silent sign-in or a refresh has come to this Action. */
export const onExecutePostLogin = (event: PostLoginEvent, api: PostLoginApi): Promise<void> => ending(event, api, execute);

/** The browser is back from the challenge page. */
export const onContinuePostLogin = (event: PostLoginEvent, api: PostLoginApi): Promise<void> => ending(event, api, resume);
