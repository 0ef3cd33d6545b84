/**
 * Remembers that a DPoP proof was used. Answers `first` once for a proof, `repeated` ever after until `until` at the earliest.
 * Whatever it throws refuses the request with 503.
 *
 * @param proof names the proof: text of constant length
 * @param until whole Unix seconds: when it can be forgotten
 */
export type Replay = (proof: string, until: number) => 'first' | 'repeated' | Promise<'first' | 'repeated'>;

const mostKept = 100_000;

/**
 * A `Replay` in the memory of this process, for an API that runs as one: another process does not know what this one saw.
 * When it is full it throws rather than forget a proof that could still be used.
 */
export const createReplayMemory = (now: () => number = Date.now, most: number = mostKept): Replay => {
  const seen = new Map<string, number>();
  return (proof, until) => {
    const seconds = now() / 1000;
    for (const [old, end] of seen) {
      if (end >= seconds) break;
      seen.delete(old);
    }
    if (seen.has(proof)) return 'repeated';
    if (seen.size >= most) throw new RangeError(`${most} proofs are remembered and have not lapsed`);
    seen.set(proof, until);
    return 'first';
  };
};
