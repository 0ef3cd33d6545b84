import { humanised } from './format.ts';
import type { Words } from './words.ts';

/** What a person reads for an action: ours for signing in, else its code as words. */
export const actionName = (action: string, words: Words): string => (action === 'signIn' ? words.text('action.signIn') : humanised(action));
