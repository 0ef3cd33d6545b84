/// <reference lib="dom" />
import { ChallengeError } from './challenge-error.ts';
import { type Listening, listen } from './listen.ts';

const lookEvery = 500;

/** Shows the challenge in a small window, which the browser opens only for a person who has just pressed something. */
export const inWindow = async (url: string, listening: Listening): Promise<string> => {
  const opened = window.open(`${url}&mode=popup`, '_blank', 'popup,width=420,height=680');
  if (opened === null) throw new ChallengeError('popup_blocked');
  return listen(
    {
      url,
      from: opened,
      watch: (end) => {
        let wasClosed = false;
        const look = setInterval(() => {
          // what the page posted last may still be on its way when the window is gone
          if (wasClosed) end();
          wasClosed = opened.closed;
        }, lookEvery);
        return () => {
          clearInterval(look);
          opened.close();
        };
      },
    },
    listening,
  );
};
