import type { Ignored } from '../request.ts';
import type { CustomValue } from '../user.ts';
import type { SignalType, UnknownCause, Variable } from './define.ts';

export const dataPointTypes = { text: 'string', number: 'number', boolean: 'boolean', multiselect: 'strings' } as const satisfies Record<
  string,
  SignalType
>;

/** A declared, typed fact that the caller sends with a track (`action`) or keeps with the user (`user`). */
export type DataPoint = {
  readonly id: string;
  readonly name: string;
  readonly dataType: keyof typeof dataPointTypes;
  readonly modelType: 'action' | 'user';
  readonly description?: string;
  readonly isPublic?: boolean;
  /** Values of a multiselect; absent: any. */
  readonly options?: readonly string[];
  /** An age or a counter: left out where two requests are compared for a review. */
  readonly volatile?: boolean;
  readonly createdAt: number;
};

/** Why a sent data point took no part. */
export type CustomProblem = 'not-declared' | 'ill-typed' | 'non-finite' | 'too-long' | 'too-many' | 'not-an-option';

/** What a signal that rests on it says then. */
const causeOf = {
  'not-declared': 'not-declared',
  'ill-typed': 'ill-typed',
  'non-finite': 'non-finite',
  'too-long': 'too-long',
  'too-many': 'too-long',
  'not-an-option': 'ill-typed',
} as const satisfies Record<CustomProblem, UnknownCause>;

const longestText = 1_024;
const mostItems = 256;

/** The name that conditions read a data point by. */
export const customVariable = ({ name, dataType, modelType, options }: DataPoint): Variable => ({
  name: modelType === 'user' ? `user.custom.${name}` : `custom.${name}`,
  type: dataPointTypes[dataType],
  ...(dataType === 'multiselect' && options !== undefined && { options }),
});

/**
 * Keeps the declared, well-typed data points of what was sent; nothing is coerced. The rest is named in `ignored`, and `causes`
 * says of every declared one that was not taken why its variable is unknown.
 */
export const takeCustom = (
  sent: Readonly<Record<string, CustomValue | null>> | undefined,
  declared: Iterable<DataPoint>,
  modelType: DataPoint['modelType'] = 'action',
): {
  readonly taken: ReadonlyMap<string, CustomValue>;
  readonly ignored: readonly Ignored[];
  readonly causes: ReadonlyMap<string, UnknownCause>;
} => {
  const taken = new Map<string, CustomValue>();
  const ignored: Ignored[] = [];
  const causes = new Map<string, UnknownCause>();
  const points = new Map<string, DataPoint>();
  for (const point of declared) {
    if (point.modelType !== modelType) continue;
    points.set(point.name, point);
    causes.set(point.name, 'no-input');
  }
  for (const [name, value] of Object.entries(sent ?? {})) {
    const point = points.get(name);
    const read = point === undefined ? { problem: 'not-declared' as const } : checks[point.dataType](value, point);
    if ('value' in read) {
      taken.set(name, read.value);
      causes.delete(name);
      continue;
    }
    ignored.push({ attribute: `custom.${name}`, reason: read.problem });
    if (point !== undefined) causes.set(name, causeOf[read.problem]);
  }
  return { taken, ignored, causes };
};

type Read = { readonly value: CustomValue } | { readonly problem: CustomProblem };

const text = (value: unknown): { readonly value: string } | { readonly problem: CustomProblem } => {
  if (typeof value !== 'string') return { problem: 'ill-typed' };
  if (value.length > longestText) return { problem: 'too-long' };
  const canonical = value.normalize('NFKC');
  return canonical.length > longestText ? { problem: 'too-long' } : { value: canonical };
};

const checks: Readonly<Record<DataPoint['dataType'], (value: CustomValue | null, point: DataPoint) => Read>> = {
  text,
  boolean: (value) => (typeof value === 'boolean' ? { value } : { problem: 'ill-typed' }),
  // JSON has no infinity: what 1e999 becomes on its way is null.
  number: (value) => {
    if (value === null) return { problem: 'non-finite' };
    if (typeof value !== 'number') return { problem: 'ill-typed' };
    return Number.isFinite(value) ? { value } : { problem: 'non-finite' };
  },
  multiselect: (value, { options }) => {
    if (!Array.isArray(value)) return { problem: 'ill-typed' };
    if (value.length > mostItems) return { problem: 'too-many' };
    const allowed = options === undefined ? undefined : new Set(options.map((option) => option.normalize('NFKC')));
    const items: string[] = [];
    for (const item of value) {
      const read = text(item);
      if ('problem' in read) return read;
      if (allowed !== undefined && !allowed.has(read.value)) return { problem: 'not-an-option' };
      items.push(read.value);
    }
    return { value: items };
  },
};
