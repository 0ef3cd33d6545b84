import type { Columns, Dialect, Keys } from './dialect.ts';

/** A statement that is compiled once; its parameters come in the order of `columns`. */
export type Statement = { readonly name: string; readonly columns: Columns; readonly sql: string };

/** Text of a statement over its keys; rows of a reading one start with the position of their key. */
export type Template<C extends Columns> = { readonly columns: C; readonly sql: (keys: Keys<C>, dialect: Dialect) => string };

export const template = <C extends Columns>(columns: C, sql: Template<C>['sql']): Template<C> => ({ columns, sql });

/** Statements of one dialect from their templates. */
export const compile = <Name extends string>(
  dialect: Dialect,
  // biome-ignore lint/suspicious/noExplicitAny: a template is contravariant in its own columns
  templates: Readonly<Record<Name, Template<any>>>,
): Readonly<Record<Name, Statement>> =>
  Object.fromEntries(
    Object.entries<Template<Columns>>(templates).map(([name, { columns, sql }]) => [
      name,
      { name, columns, sql: sql(dialect.keys(columns), dialect) },
    ]),
  ) as Record<Name, Statement>;
