import type { Value } from '../load.ts';

type Row = readonly Value[];

/**
 * Rows as one text and one array of numbers: so packed, a message between threads costs a tenth of what its rows would. Of each row
 * the number of its values, then of each value the length of its text, or what kind of other value it is.
 */
export type Packed = { readonly text: string; readonly numbers: readonly number[] };

const isNull = -1;
/** The number itself comes next. */
const isNumber = -2;

export const pack = (rows: readonly Row[]): Packed => {
  const texts: string[] = [];
  const numbers: number[] = [];
  for (const row of rows) {
    numbers.push(row.length);
    for (const value of row) {
      if (value === null) numbers.push(isNull);
      else if (typeof value === 'number') numbers.push(isNumber, value);
      else {
        numbers.push(value.length);
        texts.push(value);
      }
    }
  }
  return { text: texts.join(''), numbers };
};

export const unpack = ({ text, numbers }: Packed): Row[] => {
  const rows: Row[] = [];
  let at = 0;
  let from = 0;
  const next = (): number => {
    at += 1;
    return numbers[at - 1] ?? isNull;
  };
  const value = (): Value => {
    const kind = next();
    if (kind === isNull) return null;
    if (kind === isNumber) return next();
    from += kind;
    return text.slice(from - kind, from);
  };
  while (at < numbers.length) rows.push(Array.from({ length: next() }, value));
  return rows;
};
