import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AdapterPayload, errors } from 'oidc-provider';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createProviderRecords } from '../../../adapters/oidc/records.ts';
import type { SessionLog } from '../../../adapters/oidc/round.ts';
import { createStorageAdapter } from '../../../adapters/oidc/storage.ts';
import { createSecrets } from '../../../adapters/secrets/secrets.ts';
import { createStore } from '../../../adapters/store/create-store.ts';
import { StepwardError } from '../../../core/index.ts';
import type { ProviderRow, ProviderState } from '../../../core/ports/provider-state.ts';
import type { Store } from '../../../core/ports/store.ts';

const key = (id: string) => ({ id, key: randomBytes(32) });
const [oldKey, newKey] = [key('old'), key('new')];
const folder = mkdtempSync(join(tmpdir(), 'stepward-storage-'));
let store: Store;
let clock = 1_800_000_000_000;
let epoch: number;
let warnings: string[];
let names = 0;
/** A value that no other test uses. */
const fresh = (): string => `value-${++names}-${randomBytes(6).toString('hex')}`;

beforeAll(async () => {
  store = await createStore(`sqlite:${folder}/store.db`, { now: () => clock, uuid: fresh, warn: () => undefined });
  await store.migrate();
});
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  [clock, epoch, warnings] = [1_800_000_000_000, 7, []];
});

const over = ({ keys = [oldKey], state = store.providerState }: { keys?: (typeof oldKey)[]; state?: ProviderState } = {}) => {
  const options = {
    ...{ state, secrets: createSecrets({ keys }), now: () => clock, epoch: async () => epoch },
    warn: (message: string) => void warnings.push(message),
  };
  const clients = async (id: string) => (id === 'known' ? { client_id: id } : undefined);
  const adapter = createStorageAdapter({ ...options, clients });
  return { model: adapter, records: createProviderRecords(options) };
};
const seconds = (): number => Math.floor(clock / 1000);

/** A session as the library saves it: again at the end of every request, and under a new id after an interaction. */
const aSession = (more: Partial<AdapterPayload> = {}) => {
  const jti = fresh();
  return {
    jti,
    kind: 'Session',
    uid: fresh(),
    accountId: fresh(),
    iat: seconds(),
    exp: seconds() + 600,
    loginTs: seconds() - 9_000,
    ...more,
  };
};
const save = ({ jti, ...rest }: { readonly jti: string }, in_ = over()) => in_.model('Session').upsert(jti, { jti, ...rest }, 600);

/** A grant with one of everything that hangs on it. */
const aGrant = async (accountId = fresh()) => {
  const { model } = over();
  const [grantId, clientId] = [fresh(), 'known'];
  const held = ['AuthorizationCode', 'AccessToken', 'RefreshToken'].map((kind) => ({ kind, jti: fresh(), grantId, accountId, clientId }));
  await model('Grant').upsert(grantId, { jti: grantId, kind: 'Grant', accountId, iat: seconds() }, 600);
  for (const each of held) await model(each.kind).upsert(each.jti, each, 600);
  const found = async () =>
    Promise.all([model('Grant').find(grantId), ...held.map(({ kind, jti }) => model(kind).find(jti))]).then((all) =>
      all.map((one) => !!one),
    );
  return { grantId, accountId, held, found, idOf: (kind: string) => held.find((one) => one.kind === kind)?.jti ?? '' };
};
const there = [true, true, true, true];
const gone = [false, false, false, false];

describe('what the provider keeps', () => {
  it('is found as it was saved, by id and by uid, by another node with the same key', async () => {
    const session = aSession();
    await save(session);
    const other = over().model('Session');
    expect(await other.find(session.jti)).toEqual(session);
    expect(await other.findByUid(session.uid)).toEqual(session);
    expect([await other.find(session.uid), await other.findByUid(session.jti), await other.find('')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(await over().model('Interaction').find(session.jti)).toBeUndefined();
  });

  it('is replaced, and removed', async () => {
    const session = aSession();
    await save(session);
    await save({ ...session, ...{ acr: 'urn:stepward:aal2' } });
    expect(await over().model('Session').find(session.jti)).toMatchObject({ acr: 'urn:stepward:aal2' });
    await over().model('Session').destroy(session.jti);
    await over().model('Session').destroy(session.jti);
    expect(await over().model('Session').find(session.jti)).toBeUndefined();
  });

  it('says when it was consumed, in seconds, and after it was saved again too', async () => {
    const [id, codes] = [fresh(), over().model('AuthorizationCode')];
    await codes.upsert(id, { jti: id }, 60);
    clock += 1_999;
    await codes.consume(id);
    expect(await codes.find(id)).toEqual({ jti: id, consumed: 1_800_000_001 });
    await codes.upsert(id, { jti: id }, 60);
    expect(await codes.find(id)).toMatchObject({ consumed: 1_800_000_001 });
  });

  it('of a client comes from the settings; nothing is written there', async () => {
    const clients = over().model('Client');
    expect([await clients.find('known'), await clients.find('unknown')]).toEqual([{ client_id: 'known' }, undefined]);
    await expect(clients.upsert('known', {})).rejects.toThrow(TypeError);
    await expect(clients.destroy('known')).rejects.toThrow(TypeError);
  });

  it('is asked for by no user code', async () => {
    expect(await over().model('DeviceCode').findByUserCode('ABCD')).toBeUndefined();
  });

  it.each([Number.MAX_VALUE, -Number.MAX_VALUE, 1.5, 0])('takes a time of %s seconds', async (expiresIn) => {
    const id = fresh();
    await over().model('ReplayDetection').upsert(id, { jti: id }, expiresIn);
    expect(await over().model('ReplayDetection').find(id)).toEqual({ jti: id });
  });
});

describe('what is used a second time', () => {
  it('as a code or refresh token is refused, and ends its grant', async () => {
    for (const kind of ['AuthorizationCode', 'RefreshToken']) {
      const grant = await aGrant();
      const other = await aGrant();
      const { consume } = over().model(kind);
      await consume(grant.idOf(kind));
      expect(await grant.found()).toEqual(there);
      await expect(consume(grant.idOf(kind))).rejects.toThrow(errors.InvalidGrant);
      expect(await grant.found()).toEqual(gone);
      await expect(consume(grant.idOf(kind))).rejects.toThrow(errors.InvalidGrant);
      expect(await other.found()).toEqual(there);
    }
  });

  it('ends the grant also where what was used can no longer be opened', async () => {
    const grant = await aGrant();
    const [codes, id] = [over().model('AuthorizationCode'), grant.idOf('AuthorizationCode')];
    await codes.consume(id);
    await store.providerState.put({ ...(await rowOf('AuthorizationCode', id)), sealed: 'spoilt' });
    await expect(codes.consume(id)).rejects.toThrow(errors.InvalidGrant);
    expect(await grant.found()).toEqual(gone);
  });

  it('as a pushed request is refused', async () => {
    const [id, pushed] = [fresh(), over().model('PushedAuthorizationRequest')];
    await pushed.upsert(id, { jti: id, request: 'e30' }, 60);
    await pushed.consume(id);
    await expect(pushed.consume(id)).rejects.toThrow(errors.InvalidRequestUri);
    await expect(pushed.consume(fresh())).rejects.toThrow(errors.InvalidRequestUri);
  });

  it('as a `jti` is refused, for longer than the library takes what it belongs to', async () => {
    const [id, seen] = [fresh(), over().model('ReplayDetection')];
    await seen.upsert(id, { jti: id }, 60);
    await expect(seen.upsert(id, { jti: id }, 60)).rejects.toThrow(errors.InvalidRequest);
    clock += 60_000 + 299_000;
    await expect(seen.upsert(id, { jti: id }, 60)).rejects.toThrow(errors.InvalidRequest);
    clock += 2_000;
    await seen.upsert(id, { jti: id }, 60);
  });

  it('as an interaction goes on once, and is not made anew by a result that comes late', async () => {
    const [id, interactions] = [fresh(), over().model('Interaction')];
    const result = { login: { accountId: fresh() } };
    await interactions.upsert(id, { jti: id }, 600);
    await interactions.upsert(id, { jti: id, result }, 600);
    expect(await interactions.find(id)).toEqual({ jti: id, result });
    const resumed = await Promise.allSettled(Array.from({ length: 8 }, () => interactions.destroy(id)));
    expect(resumed.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await expect(interactions.destroy(id)).rejects.toThrow(errors.SessionNotFound);
    await expect(interactions.upsert(id, { jti: id, result }, 600)).rejects.toThrow(errors.SessionNotFound);
    expect(await interactions.find(id)).toBeUndefined();
  });

  it('unknown altogether is refused', async () => {
    await expect(over().model('AuthorizationCode').consume(fresh())).rejects.toThrow(errors.InvalidGrant);
  });
});

const hashOf = (model: string, id: string): string => createSecrets({ keys: [oldKey] }).hash(`oidc:${model}`, id);
const rowOf = async (model: string, id: string): Promise<ProviderRow> => {
  const row = await store.providerState.find(model, hashOf(model, id));
  if (!row) throw new Error('there is no such row');
  return row;
};

describe('a copy of the database, or a hand in it', () => {
  it('has no id, account, uid or value in clear', async () => {
    const session = aSession({ acr: 'an-acr-of-this-test' });
    await save(session);
    const grant = await aGrant();
    const rows = [await rowOf('Session', session.jti), await rowOf('AccessToken', grant.idOf('AccessToken'))];
    const text = JSON.stringify(rows);
    for (const value of [
      session.jti,
      session.uid,
      session.accountId,
      'an-acr-of-this-test',
      grant.grantId,
      grant.accountId,
      grant.idOf('AccessToken'),
    ])
      expect(text).not.toContain(value);
  });

  it('makes no session of a row that was changed, moved or exchanged: it counts as absent, and is told once', async () => {
    const [ann, eve] = [aSession(), aSession()];
    await save(ann);
    await save(eve);
    const [annRow, eveRow] = [await rowOf('Session', ann.jti), await rowOf('Session', eve.jti)];
    const { uidHash: _, ...bare } = annRow;
    const { model } = over();
    for (const sealed of [annRow.sealed, `${eveRow.sealed.slice(0, -2)}AA`, '', 'new.aaaa.bbbb', '{}']) {
      await store.providerState.put({ ...eveRow, sealed });
      expect(await model('Session').find(eve.jti)).toBeUndefined();
      expect(await model('Session').findByUid(eve.uid)).toBeUndefined();
    }
    await store.providerState.put({ ...bare, model: 'Interaction', idHash: hashOf('Interaction', ann.jti) });
    expect(await model('Interaction').find(ann.jti)).toBeUndefined();
    expect(warnings).toHaveLength(2);
    for (const warning of warnings) expect(warning).toMatch(/^a stored `(Session|Interaction)` cannot be opened/);
  });

  it('is read after the first key was replaced, and not without its key', async () => {
    const session = aSession();
    await save(session);
    expect(
      await over({ keys: [newKey, oldKey] })
        .model('Session')
        .find(session.jti),
    ).toEqual(session);
    await save(session, over({ keys: [newKey, oldKey] }));
    expect(
      await over({ keys: [oldKey] })
        .model('Session')
        .find(session.jti),
    ).toBeUndefined();
  });

  it('gives nothing of the time before it was restored', async () => {
    const session = aSession();
    await save(session);
    const grant = await aGrant();
    const { records, model } = over();
    await records.put('UpstreamSession', 'up|sid', session.uid, { expiresAt: clock + 1_000 });
    epoch += 1;
    expect([await model('Session').find(session.jti), await model('Session').findByUid(session.uid)]).toEqual([undefined, undefined]);
    expect(await grant.found()).toEqual(gone);
    expect(await records.find('UpstreamSession', 'up|sid')).toBeUndefined();
    expect(warnings).toEqual([]);
  });
});

describe('what was ended', () => {
  it('as a session is not brought back by a request that had read it before, nor under a new id', async () => {
    const session = aSession();
    await save(session);
    const { model, records } = over();
    await records.put('FactorLog', session.uid, aLog(session.accountId), { expiresAt: clock + 1_000, account: session.accountId });
    expect(await records.endSession(session.uid)).toEqual(session);
    expect(await records.endSession(session.uid)).toBeUndefined();
    await save(session);
    expect(await model('Session').find(session.jti)).toBeUndefined();
    await model('Session').destroy(session.jti);
    const renamed = { ...session, jti: fresh() };
    await save(renamed);
    expect([await model('Session').find(renamed.jti), await model('Session').findByUid(session.uid)]).toEqual([undefined, undefined]);
    expect(await records.find('FactorLog', session.uid)).toBeUndefined();
    clock += 30 * 86_400_000;
    await store.prune(clock);
    expect(await model('Session').find(renamed.jti)).toBeUndefined();
  });

  it('as a grant is not brought back by who saves it again', async () => {
    const grant = await aGrant();
    const { model } = over();
    await model('Grant').destroy(grant.grantId);
    await model('Grant').upsert(grant.grantId, { jti: grant.grantId, accountId: grant.accountId, iat: seconds() }, 600);
    expect((await grant.found())[0]).toBe(false);
  });

  it('tokens alone are revoked where the library keeps the grant', async () => {
    const grant = await aGrant();
    await over().model('AccessToken').revokeByGrantId(grant.grantId);
    expect(await grant.found()).toEqual([true, false, false, false]);
  });

  it('as an account takes its sessions, sign-ins under way, grants and logs, whoever writes them meanwhile, and no other', async () => {
    const { model, records } = over();
    const [ann, ben] = [aSession(), aSession()];
    const [grant, other] = [await aGrant(ann.accountId), await aGrant(ben.accountId)];
    const signIn = { result: { login: { accountId: ann.accountId } } };
    const [began, beganBen] = [fresh(), fresh()];
    const keep = (account: string) => ({ expiresAt: clock + 100_000, account });
    for (const session of [ann, ben]) {
      await save(session);
      await records.put('FactorLog', session.uid, aLog(session.accountId), keep(session.accountId));
    }
    await model('Interaction').upsert(began, { jti: began }, 600);
    await model('Interaction').upsert(began, { jti: began, ...signIn }, 600);
    await model('Interaction').upsert(beganBen, { jti: beganBen, session: { accountId: ben.accountId } }, 600);

    clock += 400;
    await records.endAccount(ann.accountId);
    expect(await grant.found()).toEqual(gone);
    expect([await model('Session').find(ann.jti), await model('Interaction').find(began)]).toEqual([undefined, undefined]);
    expect(await records.find('FactorLog', ann.uid)).toBeUndefined();
    await save({ ...ann, jti: fresh() });
    await model('Grant').upsert(grant.grantId, { jti: grant.grantId, accountId: ann.accountId, iat: seconds() }, 600);
    expect([await model('Session').findByUid(ann.uid), (await grant.found())[0]]).toEqual([undefined, false]);
    // nobody had seen these when the account was ended: a first save under way
    const [late, lateGrant] = [aSession({ accountId: ann.accountId, iat: seconds() - 1 }), fresh()];
    await save(late);
    await model('Grant').upsert(lateGrant, { jti: lateGrant, accountId: ann.accountId, iat: seconds() - 1 }, 600);
    expect([await model('Session').find(late.jti), await model('Grant').find(lateGrant)]).toEqual([undefined, undefined]);

    expect(await other.found()).toEqual(there);
    expect([await model('Session').find(ben.jti), await records.find('FactorLog', ben.uid)]).toEqual([ben, aLog(ben.accountId)]);
    expect(await model('Interaction').find(beganBen)).toBeDefined();

    const anew = aSession({ accountId: ann.accountId });
    await save(anew);
    expect(await model('Session').find(anew.jti)).toEqual(anew);
    await records.endAccount(ann.accountId);
    expect(await model('Session').find(anew.jti)).toBeUndefined();
  });

  it('as an account keeps ended what says not when it was made', async () => {
    const { jti, iat: _, ...session } = aSession();
    await over().records.endAccount(session.accountId);
    clock += 1_000_000;
    await over()
      .model('Session')
      .upsert(jti, { jti, ...session }, 600);
    expect(await over().model('Session').find(jti)).toBeUndefined();
  });
});

const aLog = (accountId: string): SessionLog => ({ log: { accountId, upstream: 'up', proofs: [], usedAt: 1 } });

describe('records of our own', () => {
  it('are found until their time, and taken once', async () => {
    const { records } = over();
    await records.put('UpstreamSession', 'a', 'uid', { expiresAt: clock + 10 });
    expect(await records.find('UpstreamSession', 'a')).toBe('uid');
    expect(await records.find('UpstreamLogin', 'a')).toBeUndefined();
    const taken = await Promise.all(Array.from({ length: 9 }, () => records.take('UpstreamSession', 'a')));
    expect(taken.filter((one) => one !== undefined)).toEqual(['uid']);
    await records.put('UpstreamSession', 'b', 'uid', { expiresAt: clock + 10 });
    clock += 10;
    expect([await records.find('UpstreamSession', 'b'), await records.take('UpstreamSession', 'b')]).toEqual([undefined, undefined]);
  });

  it('are found by account, and removed', async () => {
    const [{ records }, account] = [over(), fresh()];
    for (const id of ['x', 'y']) await records.put('FactorLog', id, aLog(account), { expiresAt: clock + 10, account });
    await records.put('FactorLog', 'z', aLog(account), { expiresAt: clock + 10 });
    expect(await records.findByAccount('FactorLog', account)).toHaveLength(2);
    await records.remove('FactorLog', 'x');
    expect(await records.findByAccount('FactorLog', account)).toEqual([aLog(account)]);
    clock += 10;
    expect(await records.findByAccount('FactorLog', account)).toEqual([]);
  });
});

describe('without a database', () => {
  const absent = new Proxy({} as ProviderState, {
    get: () => async () => {
      throw new StepwardError('unavailable', 'the database cannot be had');
    },
  });

  it('the library is told to answer 503, whatever it asks', async () => {
    const codes = over({ state: absent }).model('AuthorizationCode');
    const calls = [codes.upsert('a', {}, 1), codes.find('a'), codes.findByUid('a'), codes.consume('a'), codes.destroy('a')];
    for (const call of await Promise.allSettled([...calls, codes.revokeByGrantId('a')])) {
      const { reason } = call as PromiseRejectedResult;
      expect(reason).toBeInstanceOf(errors.TemporarilyUnavailable);
      expect(reason).toMatchObject({ status: 503, statusCode: 503, expose: true, error: 'temporarily_unavailable' });
      expect(reason.error_description).toBeUndefined();
    }
  });

  it('records of our own say the same: they are read within the library too', async () => {
    await expect(over({ state: absent }).records.endAccount('ann')).rejects.toMatchObject({
      status: 503,
      error: 'temporarily_unavailable',
      cause: { code: 'unavailable' },
    });
  });
});
