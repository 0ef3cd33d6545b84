import type { LinkAnswer, LinkRequest, Links, LinkView } from '../../../core/index.ts';
import { minutes, payment, subject } from './views.ts';

/** Every kind of page that a mailed link can open. */
export const linkViews = {
  here: { page: 'link', subject: subject(), finishesHere: true, canRemember: true },
  elsewhere: { page: 'link', subject: subject(), finishesHere: false, canRemember: false },
  transaction: {
    page: 'link',
    subject: subject({ action: 'withdraw-funds', display: payment }),
    finishesHere: true,
    canRemember: false,
  },
  waiting: { page: 'link', subject: subject(), finishesHere: true, canRemember: false, waitUntil: minutes(1) },
  code: { page: 'link-code', subject: subject(), code: '012345', expiresAt: minutes(10) },
} as const satisfies Readonly<Record<string, LinkView>>;

export type LinkViewName = keyof typeof linkViews;
export const linkViewNames = Object.keys(linkViews) as readonly LinkViewName[];

export type FakeLinks = Links & {
  /** Every known link opens this from now on. */
  show(view: LinkView): void;
  /** What the next press answers. */
  pressed: LinkAnswer;
  /** Who pressed what, in order. */
  readonly presses: { readonly request: LinkRequest; readonly remember: boolean }[];
};

export const knownL = 'A'.repeat(44);

export const fakeLinks = (): FakeLinks => {
  let view: LinkView = linkViews.here;
  const presses: FakeLinks['presses'] = [];
  const fake: FakeLinks = {
    presses,
    pressed: { view: { page: 'link-done' } },
    show: (next) => {
      view = next;
    },
    open: async ({ l }) => (l === knownL ? { view } : { view: { page: 'neutral' } }),
    press: async (request, remember) => {
      presses.push({ request, remember });
      return request.l === knownL ? fake.pressed : { view: { page: 'neutral' } };
    },
  };
  return fake;
};
