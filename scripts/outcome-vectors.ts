import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Effect, effectOf, outcomeTable, unreachable } from '../core/policy/outcome-table.ts';

const kinds = { interactive: true, silent: false, direct: false } as const;
const failurePolicies = ['deny', 'allow', 'fallback'] as const;

/** One row of the outcome table, for a host in another language. */
export type OutcomeVector = {
  /** A state; or that the core could not be reached, at track or at consume. */
  readonly state: string;
  readonly kind: keyof typeof kinds;
  readonly failurePolicy: (typeof failurePolicies)[number];
  readonly effect: Effect;
};

const states = Object.keys(outcomeTable) as (keyof typeof outcomeTable)[];

/** The whole outcome table, for every way in which a browser can be led and every failure policy. */
export const outcomeVectors = (): readonly OutcomeVector[] =>
  failurePolicies.flatMap((failurePolicy) =>
    (Object.keys(kinds) as (keyof typeof kinds)[]).flatMap((kind) => [
      ...states.map((state) => ({ state, kind, failurePolicy, effect: effectOf(state, { canRedirect: kinds[kind] }) })),
      { state: 'unreachable at track', kind, failurePolicy, effect: unreachable.track },
      { state: 'unreachable at consume', kind, failurePolicy, effect: unreachable.consume },
    ]),
  );

/** The file that tests in both languages read. */
export const outcomeVectorsFile = resolve(import.meta.dirname, '../test/vectors/outcome-table.json');

/** One row a line. */
export const outcomeVectorsText = (): string =>
  `[\n${outcomeVectors()
    .map((row) => `  ${JSON.stringify(row)}`)
    .join(',\n')}\n]\n`;

if (import.meta.main) writeFileSync(outcomeVectorsFile, outcomeVectorsText());
