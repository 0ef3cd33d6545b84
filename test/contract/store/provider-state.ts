import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProviderRow, ProviderState } from '../../../core/ports/provider-state.ts';
import type { Store } from '../../../core/ports/store.ts';
import { fresh, upTo } from './builders.ts';
import type { Place, Subject } from './place.ts';

/** What a host remembers between requests: found by id, uid and account, spent once, gone with its grant, its account and its time. */
export const providerState = (subject: Subject): void => {
  let place: Place;
  let stores: readonly Store[] = [];
  let one: ProviderState;
  let two: ProviderState;

  const aRow = (over: Partial<ProviderRow> = {}): ProviderRow => ({ model: 'Session', idHash: fresh('id'), sealed: 'sealed', ...over });
  const whole = (over: Partial<ProviderRow> = {}): ProviderRow =>
    aRow({ grantHash: fresh('grant'), uidHash: fresh('uid'), accountHash: fresh('account'), expiresAt: 5_000, ...over });
  const kept = async (row: ProviderRow): Promise<ProviderRow> => {
    await one.put(row);
    return row;
  };
  const found = ({ model, idHash }: ProviderRow) => two.find(model, idHash);
  /** Does the same 20 times at once, by both nodes in turn. */
  const race = <T>(use: (state: ProviderState, index: number) => Promise<T>): Promise<T[]> =>
    Promise.all(upTo(20).map((index) => use(index % 2 ? two : one, index)));

  describe('provider state', () => {
    // within: another describe's connections are not held beside these
    beforeAll(async () => {
      place = await subject.place();
      stores = [await place.node(), await place.node()];
      await stores[0]?.migrate();
      [one, two] = stores.map(({ providerState: state }) => state) as [ProviderState, ProviderState];
    });
    afterAll(() => place.close());

    it('is found by the other node as it was put, whole or bare, in its own model alone', async () => {
      for (const row of [await kept(whole()), await kept(whole({ consumedAt: 4 })), await kept(aRow())]) {
        expect(await found(row)).toEqual(row);
        expect(await two.find('Grant', row.idHash)).toBeUndefined();
      }
      expect(await two.find('Session', fresh('id'))).toBeUndefined();
    });

    it('is replaced in every member, and stays consumed', async () => {
      const row = await kept(aRow({ grantHash: 'g', accountHash: 'a', expiresAt: 5_000 }));
      expect(await two.consume(row.model, row.idHash, 2_000)).toBe(true);
      const next = await kept(aRow({ idHash: row.idHash, sealed: 'anew' }));
      expect(await found(next)).toEqual({ ...next, consumedAt: 2_000 });
    });

    it('is replaced where it is there, and only there', async () => {
      const row = await kept(aRow({ grantHash: 'g', expiresAt: 5_000 }));
      await one.consume(row.model, row.idHash, 2_000);
      const next = aRow({ idHash: row.idHash, sealed: 'anew', accountHash: 'a' });
      expect(await two.replace(next)).toBe(true);
      expect(await found(row)).toEqual({ ...next, consumedAt: 2_000 });
      expect([await one.replace(aRow()), await one.replace({ ...next, model: 'Grant' })]).toEqual([false, false]);
      const gone = await kept(aRow());
      await race<unknown>((state, index) => (index % 4 === 0 ? state.take(gone.model, gone.idHash) : state.replace(gone)));
      expect(await found(gone)).toBeUndefined();
    });

    it('is found by its uid, under the newest of its ids alone', async () => {
      const row = await kept(whole());
      const uidHash = row.uidHash ?? '';
      expect(await two.findByUid('Session', uidHash)).toEqual(row);
      expect(await two.findByUid('Grant', uidHash)).toBeUndefined();
      const same = await kept({ ...row, sealed: 'saved again' });
      expect(await found(row)).toEqual(same);
      const renamed = await kept({ ...row, idHash: fresh('id') });
      expect(await two.findByUid('Session', uidHash)).toEqual(renamed);
      expect(await found(row)).toBeUndefined();
      await race((state) => state.put({ ...row, idHash: fresh('id') }));
      expect(await one.findByUid('Session', uidHash)).toMatchObject({ uidHash });
      expect(await found(renamed)).toBeUndefined();
    });

    it('is found by its account, in one model', async () => {
      const accountHash = fresh('account');
      const rows = [await kept(aRow({ accountHash })), await kept(aRow({ accountHash }))];
      await kept(aRow({ accountHash, model: 'Grant' }));
      await kept(aRow({ accountHash: fresh('account') }));
      const byId = (list: readonly ProviderRow[]) => list.toSorted((a, b) => (a.idHash < b.idHash ? -1 : 1));
      expect(byId(await two.findByAccount('Session', accountHash))).toEqual(byId(rows));
      expect(await two.findByAccount('Session', fresh('account'))).toEqual([]);
    });

    it('is consumed by one of many who try at once', async () => {
      const row = await kept(aRow());
      const won = await race((state) => state.consume(row.model, row.idHash, 3_000));
      expect(won.filter((each) => each)).toEqual([true]);
      expect((await found(row))?.consumedAt).toBe(3_000);
      expect(await one.consume(row.model, row.idHash, 4_000)).toBe(false);
      expect((await found(row))?.consumedAt).toBe(3_000);
      expect(await one.consume('Grant', row.idHash, 4_000)).toBe(false);
      expect(await one.consume('Session', fresh('id'), 4_000)).toBe(false);
    });

    it('is inserted by one of many who try at once, and left as it is by the others', async () => {
      const idHash = fresh('id');
      const won = await race((state, index) => state.insert(aRow({ idHash, sealed: String(index), expiresAt: 9_000 })));
      expect(won.filter((each) => each)).toEqual([true]);
      expect((await found(aRow({ idHash })))?.sealed).toBe(String(won.indexOf(true)));
    });

    it('past its time is inserted anew, once, as if it had never been', async () => {
      const row = await kept(aRow({ expiresAt: 1_000, consumedAt: 10, accountHash: 'a' }));
      const next = aRow({ idHash: row.idHash, sealed: 'anew', expiresAt: 1_001 });
      expect((await race((state) => state.insert(next))).filter((each) => each)).toEqual([true]);
      expect(await found(row)).toEqual(next);
      await kept(aRow({ idHash: row.idHash }));
      expect(await one.insert(next)).toBe(false);
    });

    it('is taken by one of many who try at once', async () => {
      const row = await kept(whole());
      const won = await race((state) => state.take(row.model, row.idHash));
      expect(won.filter((each) => each !== undefined)).toEqual([row]);
      expect(await found(row)).toBeUndefined();
    });

    it('is removed, in its model alone; what is not there stays removed', async () => {
      const row = await kept(aRow());
      const other = await kept(aRow({ idHash: row.idHash, model: 'Grant' }));
      await race((state) => state.remove(row.model, row.idHash));
      expect([await found(row), await found(other)]).toEqual([undefined, other]);
    });

    it('goes with its grant in every model, and with its account in those that are named', async () => {
      const [grantHash, accountHash] = [fresh('grant'), fresh('account')];
      const models = ['AuthorizationCode', 'AccessToken', 'RefreshToken', 'Session'];
      const ofGrant = await Promise.all(models.map((model) => kept(aRow({ model, grantHash }))));
      const ofAccount = await Promise.all([...models, 'Account'].map((model) => kept(aRow({ model, accountHash }))));
      const others = [await kept(whole()), await kept(aRow())];
      await one.removeGrant(grantHash);
      await one.removeByAccount(models, accountHash);
      await one.removeByAccount([], accountHash);
      expect(await Promise.all(ofGrant.map(found))).toEqual(models.map(() => undefined));
      expect(await Promise.all(ofAccount.map(found))).toEqual([...models.map(() => undefined), ofAccount.at(-1)]);
      expect(await Promise.all(others.map(found))).toEqual(others);
    });

    it('stands side by side with units of work: neither loses anything of the other', async () => {
      const row = await kept(aRow());
      const keys = upTo(30).map(() => fresh('record'));
      const [done] = await Promise.all([
        race((state) => state.consume(row.model, row.idHash, 3_000)),
        ...keys.map((key, index) =>
          (stores[index % 2] as Store).transactRecord(key, () => ({ record: { until: 9_000 }, answer: undefined })),
        ),
      ]);
      expect(done.filter((each) => each)).toEqual([true]);
      for (const key of keys) expect(await stores[0]?.record(key)).toEqual({ until: 9_000 });
    });

    it('is swept past its time, however much it is, and nothing else', async () => {
      const accountHash = fresh('account');
      const stays = [await kept(aRow({ accountHash })), await kept(aRow({ accountHash, expiresAt: 800_000 }))];
      // more than one stride, and many of one time
      await Promise.all(upTo(1_200).map((n) => two.put(aRow({ accountHash, expiresAt: n < 700 ? 700_000 : 790_000 + (n % 7) }))));
      await stores[0]?.prune(800_000);
      expect((await two.findByAccount('Session', accountHash)).map(({ idHash }) => idHash).toSorted()).toEqual(
        stays.map(({ idHash }) => idHash).toSorted(),
      );
    });

    it('that cannot be written fails alone: what shares its commit is kept', async () => {
      const taken = await kept(whole());
      const clash = aRow({ idHash: taken.idHash, uidHash: fresh('uid') });
      const good = upTo(9).map(() => aRow());
      const all = await Promise.allSettled([...good.slice(0, 5), clash, ...good.slice(5)].map((row) => one.put(row)));
      expect(all.map(({ status }) => status).filter((status) => status === 'rejected')).toHaveLength(1);
      expect(all[5]).toMatchObject({ reason: { code: 'unavailable' } });
      expect(await Promise.all(good.map(found))).toEqual(good);
      expect(await found(taken)).toEqual(taken);
    });

    it('is unavailable where the database is gone; what was accepted before is kept', async () => {
      const gone = await place.node();
      const rows = upTo(80).map(() => aRow());
      const accepted = rows.map((row) => gone.providerState.put(row));
      const closing = gone.close();
      await Promise.all([...accepted, closing]);
      expect(await Promise.all(rows.map(found))).toEqual(rows);
      const [row] = rows as [ProviderRow];
      const { put, replace, insert, find, findByUid, findByAccount, consume, take, remove, removeGrant, removeByAccount } =
        gone.providerState;
      const each = [put(row), insert(row), find('a', 'b'), findByUid('a', 'b'), findByAccount('a', 'b'), consume('a', 'b', 1)];
      const all = [...each, replace(row), take('a', 'b'), remove('a', 'b'), removeGrant('a'), removeByAccount(['a'], 'b')];
      for (const call of await Promise.allSettled(all)) expect(call).toMatchObject({ status: 'rejected', reason: { code: 'unavailable' } });
    });
  });
};
