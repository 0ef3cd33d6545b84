import type { MessageKey } from '../messages/catalogues.ts';
import { timeText } from '../messages/format.ts';
import { mailOf } from '../messages/mail.ts';
import type { Words } from '../messages/words.ts';
import type { VerificationMethod } from '../policy/methods.ts';
import type { Message } from '../ports/delivery.ts';
import type { User } from '../user.ts';

export type NoticeKind = 'added' | 'removed' | 'recovery-code-used' | 'recovery-codes-made' | 'reset';

const sentences = {
  added: 'notice.added',
  removed: 'notice.removed',
  'recovery-code-used': 'notice.recovery-code-used',
  'recovery-codes-made': 'notice.recovery-codes-made',
  reset: 'notice.reset',
} as const satisfies Readonly<Record<NoticeKind, MessageKey>>;

/** The browser that a change came from, as far as it is known. */
export type NoticeBrowser = { readonly browserName?: string; readonly osName?: string };

const browserText = ({ browserName, osName }: NoticeBrowser, words: Words): string | undefined =>
  browserName && osName ? words.text('asked.browser.os', { browser: browserName, os: osName }) : browserName || osName;

/** Tells the user's other contacts of a change; none where the only contact is the one that changed. */
export const notice = (
  user: User,
  change: {
    readonly kind: NoticeKind;
    readonly method?: VerificationMethod;
    readonly email?: string;
    readonly applicationName: string;
    readonly browser?: NoticeBrowser;
    readonly words: Words;
    readonly sendId: string;
    readonly reportUrl: string;
    readonly now: number;
  },
): Message | undefined => {
  const to = user.vouchedEmail ?? user.email;
  if (!to || to === change.email) return undefined;
  const { words, kind, method } = change;
  const time = timeText(words.locale.tag, change.now);
  const browser = browserText(change.browser ?? {}, words);
  const mail = mailOf(words, 'notice.subject', [
    { heading: change.applicationName },
    { say: sentences[kind], values: { method: method === undefined ? '' : words.text(`method.${method}`) } },
    browser === undefined ? { say: 'notice.when', values: { time } } : { say: 'notice.when.browser', values: { time, browser } },
    { say: 'notice.report' },
    { link: change.reportUrl, label: 'notice.report.link' },
  ]);
  return { channel: 'email', to, sendId: change.sendId, ...mail };
};
