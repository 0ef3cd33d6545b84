/** Calls `compute` once for each text while it is among the `most` used last. */
export const remember = <T>(compute: (text: string) => T, most: number): ((text: string) => T) => {
  const known = new Map<string, T>();
  return (text) => {
    const before = known.get(text);
    // A map keeps the order of insertion: what is set again is the newest.
    if (before !== undefined) {
      known.delete(text);
      known.set(text, before);
      return before;
    }
    const value = compute(text);
    if (known.size >= most) known.delete(known.keys().next().value ?? '');
    known.set(text, value);
    return value;
  };
};
