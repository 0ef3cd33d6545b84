import type { MessageKey, MethodChoice } from '../../../core/index.ts';
import { leftToRight } from '../clean.ts';
import { type Html, html, type Part } from '../html.ts';
import { icon } from '../icons.ts';
import { methodFaces } from '../method-faces.ts';
import type { Words } from '../words.ts';

const hints = {
  PASSKEY: 'enroll.hint.PASSKEY',
  SECURITY_KEY: 'enroll.hint.SECURITY_KEY',
  AUTHENTICATOR_APP: 'enroll.hint.AUTHENTICATOR_APP',
} as const satisfies Record<string, MessageKey>;

const isHinted = (method: string): method is keyof typeof hints => Object.hasOwn(hints, method);

/** What a person reads on the button. */
export type ButtonUse = 'use' | 'approve' | 'enroll';

/** A button that picks a method, with where its code goes or what it is, in a second line. */
export const methodButton = (choice: MethodChoice, use: ButtonUse, isMain: boolean, words: Words): Html => {
  const { method, destination } = choice;
  const hint = use === 'enroll' && isHinted(method) ? words.say(hints[method]) : undefined;
  const second: Part = destination === undefined ? hint : leftToRight(destination);
  const label = html`<span>${words.say(`${use}.${method}`)}${second !== undefined && html`<small>${second}</small>`}</span>`;
  const look = isMain ? (second === undefined ? '' : 'method') : 'quiet method';
  return html`<button class="${look}" name="method" value="${method}">${icon(methodFaces[method].icon)}${label}</button>`;
};
