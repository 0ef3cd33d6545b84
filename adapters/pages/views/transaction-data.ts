import type { DisplayItem, Subject } from '../../../core/index.ts';
import { clean, isolated, leftToRight } from '../clean.ts';
import { date, money } from '../format.ts';
import { type Html, html } from '../html.ts';
import type { Words } from '../words.ts';

const value = (item: DisplayItem, tag: string): Html => {
  switch (item.type) {
    case 'money':
      return money(tag, item.value);
    case 'date':
      return date(tag, item.value);
    case 'account':
      return leftToRight(item.value, 'value');
    default:
      return isolated(item.value, 'value');
  }
};

/** The data that the person approves, as stored, in the order given; nothing where there is none. */
export const transactionData = (subject: Subject, { locale }: Words): Html | undefined =>
  subject.display.length === 0
    ? undefined
    : html`<dl>${subject.display.map(
        (item) =>
          html`<dt><bdi>${clean(item.label, 'label')}</bdi></dt><dd${item.type === 'money' && html` class="sum"`}>${value(item, locale.tag)}</dd>`,
      )}</dl>`;
