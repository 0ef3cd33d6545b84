import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { outcomeVectorsFile, outcomeVectorsText } from '../../scripts/outcome-vectors.ts';

it('the outcome table that other languages read is the core’s own: `node scripts/outcome-vectors.ts` writes it', () => {
  expect(readFileSync(outcomeVectorsFile, 'utf8')).toBe(outcomeVectorsText());
});
