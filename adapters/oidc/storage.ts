import { type Adapter, type AdapterFactory, type AdapterPayload, errors } from 'oidc-provider';
import { answering } from './answering.ts';
import { endedOver } from './ended.ts';
import { createSealedState, type StateOptions } from './sealed-state.ts';

export type StorageOptions = StateOptions & {
  /** Metadata of a registered client, as oidc-provider names it. */
  readonly clients: (clientId: string) => Promise<AdapterPayload | undefined>;
};

/** What hangs on a grant and goes with it. */
const ofGrant: ReadonlySet<string> = new Set(['AccessToken', 'AuthorizationCode', 'RefreshToken']);

/**
 * Milliseconds that a `jti` is remembered beyond its time: a proof that the library still takes by its leeway must not find that it
 * was forgotten.
 */
const replayLeeway = 300_000;

/** An interaction belongs to who is signing in, or to who was signed in when it began. */
const accountOf = ({ accountId, result, lastSubmission, session }: AdapterPayload): string | undefined =>
  accountId ?? result?.login?.accountId ?? lastSubmission?.login?.accountId ?? session?.accountId;

const unused = async (): Promise<never> => {
  throw new TypeError('clients are kept in the settings');
};

/**
 * The storage that oidc-provider takes as `adapter`. What the library finds and then writes is decided here by one write, so that
 * of any number who use one code, refresh token, pushed request or `jti` at once, on any node, one goes on.
 */
export const createStorageAdapter = ({ clients, ...options }: StorageOptions): AdapterFactory => {
  const sealed = createSealedState(options);
  const { state, idHash, uidHash, rowOf, opened } = sealed;
  const { endGrant, isEnded } = endedOver(sealed);
  const { now } = options;
  const grantHash = (grantId: string): string => idHash('Grant', grantId);

  /** A client that was removed and made again is another one; in whole seconds, as the library dates what it makes. */
  const isOfClientBefore = async (model: string, { clientId, iat }: AdapterPayload): Promise<boolean> => {
    if ((model !== 'Grant' && !ofGrant.has(model)) || clientId === undefined || iat === undefined) return false;
    const madeAt = (await clients(clientId))?.client_id_issued_at;
    return typeof madeAt === 'number' && iat < madeAt;
  };

  const standing = async (model: string, payload: AdapterPayload | undefined): Promise<AdapterPayload | undefined> => {
    if (payload === undefined || (await isOfClientBefore(model, payload))) return undefined;
    if (model !== 'Session' && model !== 'Grant') return payload;
    const { accountId, iat, uid = '', jti = '' } = payload;
    const own = model === 'Session' ? isEnded('session', uidHash('Session', uid)) : isEnded('grant', grantHash(jti));
    const [isOver, isAccountOver] = await Promise.all([own, accountId !== undefined && isEnded('account', accountId, iat)]);
    return isOver || isAccountOver ? undefined : payload;
  };

  const payloadOf = async (model: string, row: Awaited<ReturnType<typeof state.find>>): Promise<AdapterPayload | undefined> => {
    const payload = await standing(model, await opened<AdapterPayload>(row));
    return payload && row?.consumedAt !== undefined ? { ...payload, consumed: Math.floor(row.consumedAt / 1000) } : payload;
  };

  const adapterOf = (model: string): Adapter => ({
    upsert: (id, payload, expiresIn) =>
      answering(async () => {
        const leeway = model === 'ReplayDetection' ? replayLeeway : 0;
        const row = await rowOf(model, id, payload, {
          expiresAt: expiresIn === undefined ? undefined : now() + expiresIn * 1000 + leeway,
          grant: ofGrant.has(model) ? payload.grantId : undefined,
          uid: model === 'Session' ? payload.uid : undefined,
          account: accountOf(payload),
        });
        // a result is for an interaction that is under way: one that was resumed meanwhile is not made anew
        if (model === 'Interaction' && payload.result !== undefined) {
          if (!(await state.replace(row))) throw new errors.SessionNotFound('interaction session not found');
          return;
        }
        if (model !== 'ReplayDetection') return state.put(row);
        if (!(await state.insert(row))) throw new errors.InvalidRequest('`jti` was used already');
      }),
    find: (id) => answering(async () => payloadOf(model, await state.find(model, idHash(model, id)))),
    findByUid: (uid) => answering(async () => payloadOf(model, await state.findByUid(model, uidHash(model, uid)))),
    findByUserCode: async () => undefined,
    consume: (id) =>
      answering(async () => {
        const hash = idHash(model, id);
        if (await state.consume(model, hash, now())) return;
        if (model === 'PushedAuthorizationRequest') throw new errors.InvalidRequestUri('`request_uri` was used already');
        const grant = (await state.find(model, hash))?.grantHash;
        if (grant !== undefined) await endGrant(grant, now());
        throw new errors.InvalidGrant('used already');
      }),
    destroy: (id) =>
      answering(async () => {
        if (model === 'Grant') return endGrant(grantHash(id), now());
        if (model !== 'Interaction') return state.remove(model, idHash(model, id));
        // of any number who resume one interaction at once, one goes on
        if ((await state.take(model, idHash(model, id))) === undefined) throw new errors.SessionNotFound('interaction session not found');
      }),
    revokeByGrantId: (grantId) => answering(() => state.removeGrant(grantHash(grantId))),
  });

  const clientAdapter: Adapter = {
    ...{ upsert: unused, findByUserCode: unused, findByUid: unused, consume: unused, destroy: unused, revokeByGrantId: unused },
    find: (clientId) => answering(() => clients(clientId)),
  };
  return (model) => (model === 'Client' ? clientAdapter : adapterOf(model));
};
