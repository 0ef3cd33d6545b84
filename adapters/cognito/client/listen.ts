/// <reference lib="dom" />
import { ChallengeError, type ChallengeErrorCode } from './challenge-error.ts';
import { readMessage } from './message.ts';

/** A page of a challenge that this page shows. */
export type Shown = {
  readonly url: string;
  /** The window in which it is: nobody else is listened to. */
  readonly from: Window | null;
  readonly resize?: (height: number) => void;
  /** Begins to watch for an end that the page cannot tell; it returns what stops that and takes the page away. */
  readonly watch: (end: () => void) => () => void;
};

/** Who shows it, and how long the person has to wait for it. */
export type Listening = { readonly signal?: AbortSignal; readonly readyWithin?: number };

/** Resolves with the answer in the page's last message; takes the page away, whatever the end. */
export const listen = ({ url, from, resize, watch }: Shown, { signal, readyWithin = 30_000 }: Listening): Promise<string> =>
  new Promise((resolve, reject) => {
    const { origin } = new URL(url);
    let lastCode: ChallengeErrorCode = 'cancelled';
    const end = (settle: () => void): void => {
      clearTimeout(patience);
      removeEventListener('message', hear);
      signal?.removeEventListener('abort', abort);
      stop();
      settle();
    };
    const fail = (code: ChallengeErrorCode): void => end(() => reject(new ChallengeError(code)));
    const abort = (): void => end(() => reject(signal?.reason));
    const hear = (event: MessageEvent): void => {
      // INVARIANT: both. Any page can post here, and any frame of that origin can, too.
      if (event.origin !== origin || event.source !== from) return;
      const message = readMessage(event.data);
      if (message.kind === 'ready') {
        clearTimeout(patience);
        lastCode = 'cancelled';
      }
      if (message.kind === 'trouble') lastCode = 'unavailable';
      if (message.kind === 'height') resize?.(message.height);
      if (message.kind !== 'end') return;
      const { answer } = message;
      if (answer === undefined) fail(lastCode);
      else end(() => resolve(answer));
    };
    const patience = setTimeout(() => fail('unavailable'), readyWithin);
    addEventListener('message', hear);
    signal?.addEventListener('abort', abort);
    const stop = watch(() => fail(lastCode));
  });
