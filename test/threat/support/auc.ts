/**
 * Whether two requests can be told apart by their times: the area under the ROC curve of `pairs` interleaved pairs, half of them in each
 * order, after a tenth to warm up. 0.5: they cannot.
 */
export const aucOf = async (one: () => Promise<unknown>, other: () => Promise<unknown>, pairs = 2_000): Promise<number> => {
  const measure = async (request: () => Promise<unknown>): Promise<number> => {
    const began = process.hrtime.bigint();
    await request();
    return Number(process.hrtime.bigint() - began);
  };
  const [left, right]: [number[], number[]] = [[], []];
  for (let nth = -pairs / 10; nth < pairs; nth++) {
    const first = nth % 2 === 0 ? await measure(one) : undefined;
    const second = await measure(other);
    const last = first ?? (await measure(one));
    if (nth < 0) continue;
    left.push(last);
    right.push(second);
  }
  const sorted = [...left.map((time) => ({ time, isLeft: true })), ...right.map((time) => ({ time, isLeft: false }))].toSorted(
    (a, b) => a.time - b.time,
  );
  const rank = sorted.reduce((sum, { isLeft }, index) => sum + (isLeft ? index + 1 : 0), 0);
  return (rank - (left.length * (left.length + 1)) / 2) / (left.length * right.length);
};
