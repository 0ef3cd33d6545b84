/** Column types that both databases know; `text` compares code point by code point. */
export type ColumnType = 'text' | 'bigint';
export type Columns = Readonly<Record<string, ColumnType>>;

/**
 * The keys that a statement runs over: one request's on SQLite (bound parameters), a whole batch's on PostgreSQL (`unnest`).
 * A template names them through this record, so that there is one text for both.
 */
export type Keys<C extends Columns> = {
  /** SQL of one key column. */
  readonly of: { readonly [Name in keyof C]: string };
  /** SQL of the position in the batch, to hand rows back to whoever asked. */
  readonly position: string;
  /** `FROM` clause of a statement that reads nothing but its keys. */
  readonly from: string;
  /** Comes before a parenthesised, aliased subquery that is evaluated once per key. */
  readonly each: string;
  /** Source of an `INSERT`, in the order of the columns. */
  readonly rows: string;
};

/** What differs between the two databases. */
export type Dialect = {
  readonly name: 'sqlite' | 'postgres';
  readonly keys: <C extends Columns>(columns: C) => Keys<C>;
};

const record = <C extends Columns>(columns: C, sql: (name: string, index: number) => string): Keys<C>['of'] =>
  Object.fromEntries(Object.keys(columns).map((name, index) => [name, sql(name, index)])) as Keys<C>['of'];

/** One request at a time: `?1`, `?2` … in the order of the columns. */
export const sqlite: Dialect = {
  name: 'sqlite',
  keys: (columns) => {
    const of = record(columns, (_, index) => `?${index + 1}`);
    return { of, position: '0', from: '', each: '', rows: `VALUES (${Object.values(of).join(', ')})` };
  },
};

/** A batch at a time: `$1::text[]`, `$2::bigint[]` … in the order of the columns. */
export const postgres: Dialect = {
  name: 'postgres',
  keys: (columns) => {
    const arrays = Object.values(columns).map((type, index) => `$${index + 1}::${type}[]`);
    const source = `unnest(${arrays.join(', ')}) WITH ORDINALITY AS k(${Object.keys(columns).join(', ')}, position)`;
    const of = record(columns, (name) => `k.${name}`);
    return {
      of,
      position: 'k.position - 1',
      from: `FROM ${source}`,
      each: `${source} CROSS JOIN LATERAL`,
      // INVARIANT: rows of several users are written in one order, so that two batches never wait for each other in a circle.
      rows: `SELECT ${Object.values(of).join(', ')} FROM ${source} ORDER BY 1, 2`,
    };
  },
};
