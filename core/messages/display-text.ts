import type { DisplayItem } from '../request.ts';
import { dateText, moneyText } from './format.ts';

const valueText = (item: DisplayItem, tag: string): string => {
  if (item.type === 'money') return moneyText(tag, item.value);
  return item.type === 'date' ? dateText(tag, item.value) : item.value;
};

/** What the person is approving, item by item, as label and value. */
export const displayText = (items: readonly DisplayItem[], tag: string): readonly { readonly label: string; readonly value: string }[] =>
  items.map((item) => ({ label: item.label, value: valueText(item, tag) }));
