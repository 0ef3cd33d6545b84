import type { ColourName, Colours } from './colours.ts';

/** A colour that is seen on another, and the least contrast that WCAG 2.2 asks for there (1.4.3 text, 1.4.11 controls). */
type Pair = { readonly colour: ColourName; readonly on: ColourName; readonly needed: 3 | 4.5 };

const text = 4.5;
const control = 3;

/** Every pair of colours that a page puts together. */
export const pairs: readonly Pair[] = [
  { colour: 'text', on: 'ground', needed: text },
  { colour: 'text', on: 'surface', needed: text },
  { colour: 'text', on: 'soft', needed: text },
  { colour: 'muted', on: 'ground', needed: text },
  { colour: 'muted', on: 'surface', needed: text },
  { colour: 'muted', on: 'soft', needed: text },
  { colour: 'accent', on: 'surface', needed: text },
  { colour: 'onAccent', on: 'accent', needed: text },
  { colour: 'onAccent', on: 'accentStrong', needed: text },
  { colour: 'danger', on: 'surface', needed: text },
  { colour: 'danger', on: 'dangerSoft', needed: text },
  { colour: 'ok', on: 'okSoft', needed: text },
  { colour: 'field', on: 'surface', needed: control },
  { colour: 'accent', on: 'ground', needed: control },
  { colour: 'accent', on: 'soft', needed: control },
];

const channel = (eightBits: number): number => {
  const share = eightBits / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
};

/** Relative luminance of `#rrggbb` (WCAG 2.2). */
const luminance = (colour: string): number => {
  const [red, green, blue] = [1, 3, 5].map((at) => channel(Number.parseInt(colour.slice(at, at + 2), 16))) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};

/** Contrast ratio of two colours `#rrggbb`, 1 to 21 (WCAG 2.2). */
export const contrast = (one: string, other: string): number => {
  const [light, dark] = [luminance(one), luminance(other)].toSorted((left, right) => right - left) as [number, number];
  return (light + 0.05) / (dark + 0.05);
};

/** The pairs that are too close, with the contrast that they have, rounded down. */
export const lowContrasts = (colours: Colours): readonly (Pair & { readonly ratio: number })[] =>
  pairs
    .map((pair) => ({ ...pair, exact: contrast(colours[pair.colour], colours[pair.on]) }))
    .filter(({ exact, needed }) => exact < needed)
    .map(({ exact, ...pair }) => ({ ...pair, ratio: Math.floor(exact * 100) / 100 }));
