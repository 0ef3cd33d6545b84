import type { AttemptError, BrowserRequest, Subject } from './visit-view.ts';

/** What the page behind a mailed link shows. */
export type LinkView =
  /** Unknown, replaced, pressed, too late: the same for all. */
  | { readonly page: 'neutral' }
  /** Opened: nothing has happened yet. */
  | {
      readonly page: 'link';
      readonly subject: Subject;
      /** Pressing the button finishes what was begun; else it shows a code to type where that was. */
      readonly finishesHere: boolean;
      readonly canRemember: boolean;
      /** Milliseconds: no answer is taken before. */
      readonly waitUntil?: number;
    }
  /** Pressed in another browser than the visit's: this code is typed into the first page. */
  | { readonly page: 'link-code'; readonly subject: Subject; readonly code: string; readonly expiresAt: number }
  /** Pressed and done: where it was begun goes on by itself. */
  | { readonly page: 'link-done' };

export type LinkRequest = Pick<BrowserRequest, 'browser' | 'device'> & { readonly l: string };

export type LinkAnswer = {
  readonly view: LinkView;
  /** Why a press did not count; the link can be pressed again. */
  readonly error?: AttemptError;
  /** Cookies to set; absent: leave as they are. */
  readonly setBrowser?: string;
  readonly setDevice?: string;
};

/** The links in messages. A browser that a link tells nothing is answered `neutral`. */
export interface Links {
  /** GET of the link: it changes nothing, whoever follows it. */
  open(request: LinkRequest): Promise<LinkAnswer>;
  /** POST of its button, once; the adapter has checked where the post comes from. */
  press(request: LinkRequest, remember: boolean): Promise<LinkAnswer>;
}
