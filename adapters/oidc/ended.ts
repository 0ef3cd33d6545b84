import type { SealedState } from './sealed-state.ts';

const model = 'Ended';

/** Milliseconds: longer than anything lives that can be ended. */
const remembered = 31 * 86_400_000;

/** What can be ended: a session by its uid, a grant by its hash, everything of an account up to now. */
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

    /** `madeAt` is that of the thing, milliseconds: an account goes on with what is made after its end. */
    isEnded: async (what: Ending, id: string, madeAt = 0): Promise<boolean> => {
      const row = await state.find(model, mark(what, id));
      if (row === undefined) return false;
      return what !== 'account' || !(madeAt > Number(row.sealed));
    },
  };
};
