const without = (value: object, out: (each: unknown) => boolean): object =>
  Object.fromEntries(Object.entries(value).filter(([, each]) => !out(each)));

/** A copy without undefined: what the caller said. */
export const said = <T extends object>(value: T): T => without(value, (each) => each === undefined) as T;

/** A copy without undefined and without `null`, which clears. */
export const cleared = <T extends object>(value: T): T => without(value, (each) => each === undefined || each === null) as T;
