import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { sqlite } from '../dialect.ts';
import type { Request, Rows, Value } from '../load.ts';
import { type ReadName, reads } from '../reads.ts';
import { compile } from '../statement.ts';
import type { Query } from '../unit.ts';
import { type WriteName, writes } from '../writes.ts';

/** Statements of one connection, each prepared when first used. */
export type Prepared = {
  readonly fetch: (request: Request) => Rows;
  /** Rows changed. */
  readonly write: (statement: WriteName, values: readonly Value[]) => number;
  /** A statement that is not of the hot path. */
  readonly query: (query: Query) => readonly unknown[];
};

const readTexts = compile<ReadName>(sqlite, reads);
const writeTexts = compile<WriteName>(sqlite, writes);
/** Texts of built statements are few; a bound keeps lists of varying length from filling the memory. */
const keptQueries = 200;

export const prepareOn = (db: DatabaseSync): Prepared => {
  const hot = new Map<string, StatementSync>();
  const built = new Map<string, StatementSync>();

  const hotStatement = (name: string, sql: string): StatementSync => {
    let statement = hot.get(name);
    if (!statement) {
      statement = db.prepare(sql);
      statement.setReturnArrays(true);
      hot.set(name, statement);
    }
    return statement;
  };
  const builtStatement = (sql: string): StatementSync => {
    let statement = built.get(sql);
    if (!statement) {
      if (built.size >= keptQueries) built.clear();
      statement = db.prepare(sql);
      built.set(sql, statement);
    }
    return statement;
  };

  return {
    fetch: ({ statement, values }) => hotStatement(statement, readTexts[statement].sql).all(...values) as unknown as Rows,
    write: (statement, values) => Number(hotStatement(statement, writeTexts[statement].sql).run(...values).changes),
    query: ({ sql, parameters }) => builtStatement(sql).all(...(parameters as SQLInputValue[])),
  };
};
