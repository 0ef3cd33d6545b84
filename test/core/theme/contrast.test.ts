import { describe, expect, it } from 'vitest';
import { contrast, contrastPairs, defaultColours, schemes } from '../../../core/index.ts';

describe('contrast (WCAG 2.2)', () => {
  it.each([
    ['#000000', '#ffffff', 21],
    ['#ffffff', '#ffffff', 1],
    ['#777777', '#ffffff', 4.48],
    ['#767676', '#ffffff', 4.54],
    ['#0000ff', '#ffffff', 8.59],
    ['#ff0000', '#ffffff', 4],
  ])('of %s and %s is %d either way', (one, other, ratio) => {
    expect(contrast(one, other)).toBeCloseTo(ratio, 2);
    expect(contrast(other, one)).toBe(contrast(one, other));
  });

  it.each(schemes)('the default look has enough of it in the %s scheme', (scheme) => {
    for (const { colour, on, needed } of contrastPairs)
      expect(contrast(defaultColours[scheme][colour], defaultColours[scheme][on]), `${colour} on ${on}`).toBeGreaterThanOrEqual(needed);
  });
});
