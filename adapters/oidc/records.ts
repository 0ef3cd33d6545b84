import type { AdapterPayload } from 'oidc-provider';
import type { Account } from './account.ts';
import { answering } from './answering.ts';
import { endedOver } from './ended.ts';
import type { SessionLog } from './round.ts';
import { createSealedState, type Keep, type StateOptions } from './sealed-state.ts';
import type { PendingLogin } from './upstream-login.ts';

/** What we keep beside the library's own models, by name; the id of each is given behind it. */
export type ProviderModels = {
  /** A round at an upstream on its way, by its `state`: one use. */
  readonly UpstreamLogin: PendingLogin;
  /** A logout token that was taken, by the upstream's id and its `jti`. */
  readonly UpstreamLogout: true;
  /** By the uid of a session. */
  readonly FactorLog: SessionLog;
  /** By account id. */
  readonly Account: Account;
  /** Session uid, by the upstream's id and its `sid`. */
  readonly UpstreamSession: string;
  /** Where a browser goes when it comes back from signing out at an upstream: one use. */
  readonly LogoutReturn: string;
};
export type ProviderModel = keyof ProviderModels;

/** What ends with an account's sessions; who it is stays known. */
const endedWithAccount: readonly string[] = [
  ...['Session', 'Interaction', 'Grant', 'AuthorizationCode', 'AccessToken', 'RefreshToken'],
  ...['FactorLog', 'UpstreamSession'],
];

/** The same calls, each answering as the library's own storage does where the database cannot be had. */
const answeringAll = <R extends Readonly<Record<string, (...all: never[]) => Promise<unknown>>>>(records: R): R =>
  Object.fromEntries(
    Object.entries(records).map(([name, call]) => [name, (...all: never[]) => answering(() => call(...all))]),
  ) as unknown as R;

/** Typed access to what the provider remembers; each rejects with `TemporarilyUnavailable` (503) when the database cannot be had. */
export const createProviderRecords = (options: StateOptions) => {
  const sealed = createSealedState(options);
  const { state, idHash, uidHash, accountHash, rowOf, opened } = sealed;
  const { end, endGrant } = endedOver(sealed);
  const { now } = options;
  type Found = Awaited<ReturnType<typeof state.find>>;
  const alive = (row: Found): Found => (row?.expiresAt === undefined || row.expiresAt > now() ? row : undefined);

  const ofAccount = async <T>(model: string, accountId: string): Promise<readonly T[]> => {
    const rows = await state.findByAccount(model, accountHash(accountId));
    const values: readonly (T | undefined)[] = await Promise.all(rows.map((row) => opened<T>(alive(row))));
    return values.filter((value) => value !== undefined);
  };

  const records = {
    /** Insert or replace. */
    put: async <M extends ProviderModel>(
      model: M,
      id: string,
      value: ProviderModels[M],
      keep: Pick<Keep, 'expiresAt' | 'account'>,
    ): Promise<void> => state.put(await rowOf(model, id, value, keep)),
    /** False, and nothing changed, where the id is there already. */
    insert: async <M extends ProviderModel>(
      model: M,
      id: string,
      value: ProviderModels[M],
      keep: Pick<Keep, 'expiresAt'>,
    ): Promise<boolean> => state.insert(await rowOf(model, id, value, keep)),
    find: async <M extends ProviderModel>(model: M, id: string) =>
      opened<ProviderModels[M]>(alive(await state.find(model, idHash(model, id)))),
    /** Finds and removes, for the one caller that gets it. */
    take: async <M extends ProviderModel>(model: M, id: string) =>
      opened<ProviderModels[M]>(alive(await state.take(model, idHash(model, id)))),
    remove: (model: ProviderModel, id: string): Promise<void> => state.remove(model, idHash(model, id)),
    findByAccount: <M extends ProviderModel>(model: M, account: string) => ofAccount<ProviderModels[M]>(model, account),

    /** Ends every session, sign-in under way, grant and token of the account, whatever requests are under way. */
    endAccount: async (accountId: string): Promise<void> => {
      const at = now();
      const account = accountHash(accountId);
      await end('account', accountId, at);
      // those of this very second, which the mark of the account leaves alone
      const [sessions, grants] = await Promise.all([state.findByAccount('Session', account), state.findByAccount('Grant', account)]);
      await Promise.all([
        ...sessions.map((session) => session.uidHash !== undefined && end('session', session.uidHash, at)),
        ...grants.map((grant) => end('grant', grant.idHash, at)),
      ]);
      await state.removeByAccount(endedWithAccount, account);
    },
    /** The sessions of an account that are open. */
    sessionsOf: (accountId: string) => ofAccount<AdapterPayload>('Session', accountId),
    /** The clients that hold a grant of the account, by `clientId`. */
    clientsOf: async (accountId: string): Promise<readonly string[]> =>
      (await ofAccount<AdapterPayload>('Grant', accountId)).flatMap(({ clientId }) => clientId ?? []),
    /** Ends a grant and every token that was given on it. */
    endGrant: (grantId: string): Promise<void> => endGrant(idHash('Grant', grantId), now()),
    /** Ends one session and what was proven in it; answers what it was, for whoever has to be told. */
    endSession: async (uid: string): Promise<AdapterPayload | undefined> => {
      const hash = uidHash('Session', uid);
      await end('session', hash, now());
      const row = await state.findByUid('Session', hash);
      await Promise.all([row && state.remove('Session', row.idHash), state.remove('FactorLog', idHash('FactorLog', uid))]);
      return opened<AdapterPayload>(row);
    },
  };
  return answeringAll(records);
};

export type ProviderRecords = ReturnType<typeof createProviderRecords>;
