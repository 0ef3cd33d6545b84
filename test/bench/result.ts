/** One comparison; `ratio` is ours by theirs, `spread` the largest distance of a round's ratio from the median, as a share of it. */
export type Result = {
  readonly name: string;
  readonly ours: number;
  readonly theirs: number;
  readonly against: string;
  readonly ratio: number;
  readonly spread: number;
  readonly unit: string;
};
