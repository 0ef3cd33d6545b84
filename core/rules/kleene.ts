/**
 * What a condition came to, as one small integer: the value in the low two bits, above it one more than the index of the
 * comparison that decided (0: none did).
 */
export type Ruling = number;

export const FALSE = 0;
export const TRUE = 1;
export const UNKNOWN = 2;
export type Truth = typeof FALSE | typeof TRUE | typeof UNKNOWN;

/** The ruling of the comparison with this index. */
export const ruling = (truth: Truth, index: number): Ruling => ((index + 1) << 2) | truth;

export const truthOf = (given: Ruling): Truth => (given & 3) as Truth;

/** The index of the comparison that decided; -1 for none. */
export const deciderOf = (given: Ruling): number => (given >> 2) - 1;
