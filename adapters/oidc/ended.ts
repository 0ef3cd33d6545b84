import type { SealedState } from './sealed-state.ts';

const model = 'Ended';

/** Milliseconds: longer than anything lives that can be ended. */
const remembered = 31 * 86_400_000;

/** What can be ended: a session and a grant, by the hash of its uid or id, and everything that an account had up to now. */
export type Ending = 'session' | 'grant' | 'account';

/**
 * Marks of what was ended. A request that was under way then may still write what it had read before; INVARIANT: what is marked is
 * not found again, whoever writes it and when.
 */
export const endedOver = ({ state, idHash }: SealedState) => {
  const end = (what: Ending, id: string, at: number): Promise<void> =>
    state.put({ model, idHash: mark(what, id), sealed: String(at), expiresAt: at + remembered });
  const mark = (what: Ending, id: string): string => idHash(model, `${what}:${id}`);
  return {
    end,
    /** Ends a grant and every token that was given on it. */
    endGrant: async (hash: string, at: number): Promise<void> => {
      await end('grant', hash, at);
      await Promise.all([state.removeGrant(hash), state.remove('Grant', hash)]);
    },

    /** `iat` is that of the thing, in seconds: an account goes on with what is made in the second of its end, or after it. */
    isEnded: async (what: Ending, id: string, iat = 0): Promise<boolean> => {
      const row = await state.find(model, mark(what, id));
      if (row === undefined) return false;
      return what !== 'account' || !(iat >= Math.floor(Number(row.sealed) / 1000));
    },
  };
};
