import type { Instance, User } from '../../core/index.ts';
import type { CountQuery, DistinctQuery, Load, Loaded } from '../../core/ports/store.ts';
import { type ReadName, windowsPerRow } from './reads.ts';

export type Value = string | number | null;
/** One execution of a reading statement. */
export type Request = { readonly statement: ReadName; readonly values: readonly Value[] };
/** Its rows; the first column is the position in the batch. */
export type Rows = readonly (readonly unknown[])[];

/** What was read, with the revisions that the write of the same rows will expect. */
export type Basis = {
  readonly loaded: Loaded;
  /** 0: not stored. */
  readonly userRev: number;
  /** Revision of each instance that was asked for, 0 where there is none; by `instanceKey`. */
  readonly instanceRevs: ReadonlyMap<string, number>;
  /** By key of a distinct count, the subject that it left out, where the window does not hold it. */
  readonly newSubjects: ReadonlyMap<string, string>;
};

export const instanceKey = (of: { readonly action: string; readonly idempotencyKey: string }): string =>
  `${of.action}\0${of.idempotencyKey}`;

/** Requests of a sliding count: `windowsPerRow` windows each. */
export const countRequests = ({ key, since }: CountQuery): Request[] => {
  const requests: Request[] = [];
  for (let at = 0; at < since.length; at += windowsPerRow) {
    const first = since[at] ?? 0;
    // Times are whole: after 6.5 is after 6.
    const windows = [first, since[at + 1] ?? first, since[at + 2] ?? first].map(Math.floor);
    requests.push({ statement: 'counts', values: [key, ...windows] });
  }
  return requests;
};

export const distinctRequest = ({ key, since, except }: DistinctQuery): Request => ({
  statement: 'distinct',
  values: [key, Math.floor(since), except ?? null],
});

/** Takes the rows of `countRequests` off `results`. */
export const countsFrom = (query: CountQuery, results: Iterator<Rows>): number[] => {
  const counts: number[] = [];
  for (let at = 0; at < query.since.length; at += windowsPerRow) {
    const row: readonly unknown[] = next(results)[0] ?? [];
    for (let column = 0; column < windowsPerRow && at + column < query.since.length; column++) {
      const first = row[2 + column];
      counts.push(first === null || first === undefined ? 0 : Number(row[1]) - Number(first) + 1);
    }
  }
  return counts;
};

/** How many others there are, and whether the one that is left out is there too. */
export const distinctFrom = (results: Iterator<Rows>): { readonly others: number; readonly hasOwn: boolean } => {
  const row = next(results)[0];
  return { others: Number(row?.[1] ?? 0), hasOwn: Number(row?.[2] ?? 0) > 0 };
};

/** Everything that a unit of work reads, its user first. */
export const requestsOf = (userId: string, load: Load): Request[] => {
  const requests: Request[] = [{ statement: 'user', values: [userId] }];
  if (load.instance) requests.push({ statement: 'instance', values: [userId, load.instance.action, load.instance.idempotencyKey] });
  if (load.approvalsOf !== undefined) requests.push({ statement: 'approvals', values: [userId, load.approvalsOf] });
  for (const query of load.counts ?? []) requests.push(...countRequests(query));
  for (const query of load.distinct ?? []) requests.push(distinctRequest(query));
  return requests;
};

/** The answer to `requestsOf`, whose results come in the same order. */
export const basisOf = (load: Load, results: Iterator<Rows>, revision: number): Basis => {
  const instanceRevs = new Map<string, number>();
  const instances = (): Instance[] =>
    next(results).map((row) => {
      const instance: Instance = JSON.parse(String(row[2]));
      instanceRevs.set(instanceKey(instance), Number(row[1]));
      return instance;
    });
  const [userRow] = next(results);
  const user: User | undefined = userRow && JSON.parse(String(userRow[2]));
  if (load.instance) instanceRevs.set(instanceKey(load.instance), 0);
  const instance = load.instance ? instances()[0] : undefined;
  const approvals = load.approvalsOf === undefined ? [] : instances();
  const counts = (load.counts ?? []).map((query) => countsFrom(query, results));
  const newSubjects = new Map<string, string>();
  const distinct = (load.distinct ?? []).map(({ key, except }) => {
    const { others, hasOwn } = distinctFrom(results);
    if (except !== undefined && !hasOwn) newSubjects.set(key, except);
    return others;
  });
  return {
    loaded: { user, instance, approvals, counts, distinct, revision },
    userRev: userRow ? Number(userRow[1]) : 0,
    instanceRevs,
    newSubjects,
  };
};

const next = (results: Iterator<Rows>): Rows => {
  const { done, value } = results.next();
  return done ? [] : value;
};
