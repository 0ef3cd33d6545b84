import type { MessageKey } from '../messages/catalogues.ts';
import { countryText, timeText } from '../messages/format.ts';
import { type MailBlock, mailOf } from '../messages/mail.ts';
import type { Words } from '../messages/words.ts';
import type { VerificationMethod } from '../policy/methods.ts';
import type { Message } from '../ports/delivery.ts';
import type { User } from '../user.ts';
import type { SeenFrom } from './seen-from.ts';

export type NoticeKind = 'added' | 'removed' | 'recovery-code-used' | 'recovery-codes-made' | 'reset';

const sentences = {
  added: 'notice.added',
  removed: 'notice.removed',
  'recovery-code-used': 'notice.recovery-code-used',
  'recovery-codes-made': 'notice.recovery-codes-made',
  reset: 'notice.reset',
} as const satisfies Readonly<Record<NoticeKind, MessageKey>>;

/** However many addresses somebody has added. */
const mostContacts = 5;

/** Whom a change is told: every address that is known to be the user's but a new one; the one removed hears of it, too. */
const contactsOf = (user: User, { kind, email }: Pick<Change, 'kind' | 'email'>): readonly string[] => {
  const proven = user.authenticators.flatMap((one) => (one.email !== undefined && one.verifiedAt !== undefined ? [one.email] : []));
  const known = [user.vouchedEmail, ...proven].filter((address) => address !== undefined);
  const all = known.length > 0 || user.email === undefined ? known : [user.email];
  const told = kind === 'removed' && email !== undefined ? [...all, email] : all.filter((address) => address !== email);
  return [...new Set(told)].slice(0, mostContacts);
};

type Change = {
  readonly kind: NoticeKind;
  readonly method?: VerificationMethod;
  /** The address that was added or removed. */
  readonly email?: string;
  readonly applicationName: string;
  readonly from?: SeenFrom;
  readonly words: Words;
  readonly newId: () => string;
  readonly reportUrl: string;
  readonly now: number;
};

const browserText = ({ browser, os }: SeenFrom, words: Words): string | undefined =>
  browser && os ? words.text('asked.browser.os', { browser, os }) : browser || os;

const placeText = ({ city, country: code }: SeenFrom, words: Words): string | undefined => {
  const country = code && countryText(words.locale.tag, code);
  return city && country ? words.text('asked.city.country', { city, country }) : city || country;
};

/** Tells the user's other contacts of a change, one message each; none where the only contact is the one that is new. */
export const notices = (user: User, change: Change): readonly Message[] => {
  const { words, kind, method, from = {} } = change;
  const time = timeText(words.locale.tag, change.now);
  const browser = browserText(from, words);
  const place = placeText(from, words);
  const where: readonly MailBlock[] = place === undefined ? [] : [{ say: 'notice.where', values: { place } }];
  const mail = mailOf(words, 'notice.subject', [
    { heading: change.applicationName },
    { say: sentences[kind], values: { method: method === undefined ? '' : words.text(`method.${method}`) } },
    browser === undefined ? { say: 'notice.when', values: { time } } : { say: 'notice.when.browser', values: { time, browser } },
    ...where,
    { say: 'notice.report' },
    { link: change.reportUrl, label: 'notice.report.link' },
  ]);
  return contactsOf(user, change).map((to) => ({ channel: 'email', to, sendId: change.newId(), ...mail }));
};
