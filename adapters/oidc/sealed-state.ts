import { StepwardError } from '../../core/index.ts';
import type { ProviderRow, ProviderState } from '../../core/ports/provider-state.ts';
import type { Secrets } from '../../core/ports/secrets.ts';

export type StateOptions = {
  readonly state: ProviderState;
  readonly secrets: Pick<Secrets, 'hash' | 'seal' | 'open'>;
  /** Milliseconds. */
  readonly now: () => number;
  /** Of the settings: what was kept under another one is from before a restore of the database, and is not found. */
  readonly epoch: () => Promise<number>;
  /** Told once of each model that has a row which cannot be opened; never told data. */
  readonly warn: (message: string, cause?: unknown) => void;
};

export type Keep = {
  /** Milliseconds; absent: never. */
  readonly expiresAt?: number;
  readonly grant?: string;
  readonly uid?: string;
  readonly account?: string;
};

/** Milliseconds that every database and `Date` can hold. */
const latest = 8_640_000_000_000_000;

/**
 * Values under ids that are secrets themselves. INVARIANT: an id goes to the database as a keyed hash alone and a value sealed to
 * its model and id, so that neither a copy of the database nor a row moved to another place gives anybody a session.
 */
export const createSealedState = ({ state, secrets, epoch, warn }: StateOptions) => {
  const warned = new Set<string>();
  const idHash = (model: string, id: string): string => secrets.hash(`oidc:${model}`, id);
  const uidHash = (model: string, uid: string): string => secrets.hash(`oidc-uid:${model}`, uid);
  const accountHash = (account: string): string => secrets.hash('oidc-account', account);
  const context = (model: string, hash: string): string => `oidc|${model}|${hash}`;

  const rowOf = async (model: string, id: string, value: unknown, { expiresAt, grant, uid, account }: Keep): Promise<ProviderRow> => {
    const hash = idHash(model, id);
    return {
      model,
      idHash: hash,
      sealed: secrets.seal(context(model, hash), JSON.stringify({ epoch: await epoch(), value })),
      ...(grant !== undefined && { grantHash: idHash('Grant', grant) }),
      ...(uid !== undefined && { uidHash: uidHash(model, uid) }),
      ...(account !== undefined && { accountHash: accountHash(account) }),
      ...(expiresAt !== undefined && { expiresAt: Math.min(Math.max(Math.trunc(expiresAt), 0), latest) }),
    };
  };

  /** The value of a row; undefined where it is of another epoch or nobody here can open it. */
  const opened = async <T>(row: ProviderRow | undefined): Promise<T | undefined> => {
    if (row === undefined) return undefined;
    const current = await epoch();
    try {
      const kept = JSON.parse(secrets.open(context(row.model, row.idHash), row.sealed)) as { readonly epoch: number; readonly value: T };
      return kept.epoch === current ? kept.value : undefined;
    } catch (cause) {
      if (!(cause instanceof StepwardError)) throw cause;
      if (!warned.has(row.model)) warn(`a stored \`${row.model}\` cannot be opened and counts as absent`, cause);
      warned.add(row.model);
      return undefined;
    }
  };

  return { state, idHash, uidHash, accountHash, rowOf, opened };
};

export type SealedState = ReturnType<typeof createSealedState>;
