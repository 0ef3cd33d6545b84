import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Store } from '../../../core/ports/store.ts';
import type { LeasedDelivery, NewDelivery, Tried } from '../../../core/ports/webhook-queue.ts';
import { fresh, upTo, uuidOf, write } from './builders.ts';
import type { Place, Subject } from './place.ts';

const day = 86_400_000;

/** Deliveries of webhooks: put up with the outbox, leased, settled, replayed, forgotten. */
export const deliveries = (subject: Subject): void => {
  let place: Place;
  let one: Store;
  let two: Store;
  beforeAll(async () => {
    place = await subject.place();
    [one, two] = [await place.node(), await place.node()];
    await one.migrate();
  });
  afterAll(() => place.close());

  const put = async (webhookId: string, count = 1, createdAt = 1_000): Promise<readonly string[]> => {
    const ids = upTo(count).map((index) => `${uuidOf(createdAt + index)}-00000000`);
    const made = ids.map(
      (id, index): NewDelivery => ({ webhookId, id, type: 'review.created', createdAt: createdAt + index, body: `{"n":${index}}` }),
    );
    await write(one, fresh('user'), { events: [{ type: 't', at: createdAt, data: {} }] });
    await one.drainOutbox(500, () => ({ ruleDays: [], deliveries: made }));
    return ids;
  };
  const take = (store: Store, webhookId: string, now: number, limit = 100) =>
    store.webhookQueue.take({ webhookId, limit, now, leaseUntil: now + 30_000 });
  const taken = async (store: Store, webhookId: string, now: number): Promise<LeasedDelivery> => {
    const [only] = await take(store, webhookId, now);
    if (!only) throw new Error('nothing was due');
    return only;
  };
  const delivered = (at: number): Tried => ({ state: 'delivered', dueAt: at, at, status: 204 });
  const states = async (webhookId: string) =>
    (await two.webhookQueue.list({ webhookId, limit: 500 })).map(({ state, tries, lastReason }) => [state, tries, lastReason]);

  describe('deliveries', () => {
    it('come with what was taken from the outbox, or not at all', async () => {
      const webhookId = fresh('hook');
      await write(one, fresh('user'), { events: [{ type: 't', at: 1, data: {} }] });
      const never: NewDelivery = { webhookId, id: 'never', type: 't', createdAt: 1, body: '{}' };
      const failing = one.drainOutbox(5, () => ({
        get ruleDays(): never {
          throw new Error('own');
        },
        deliveries: [never],
      }));
      await expect(failing).rejects.toThrow('own');
      expect(await one.drainOutbox(5, () => undefined)).toEqual([]);
      expect(await two.webhookQueue.list({ webhookId, limit: 9 })).toEqual([]);
      expect(await one.drainOutbox(5, () => ({ ruleDays: [], deliveries: [never] }))).toHaveLength(1);
      expect(await two.webhookQueue.list({ webhookId, limit: 9 })).toEqual([
        { webhookId, id: 'never', type: 't', state: 'pending', createdAt: 1, dueAt: 1, tries: 0 },
      ]);
    });

    it('a digest hears ids of its events that nothing else has, and the revision of the settings that they were written under', async () => {
      await write(one, fresh('user'), { events: upTo(3).map((n) => ({ type: 't', at: n, data: { n } })) });
      const before = await one.revision();
      await one.commitDocuments({ expectedRevision: before, put: [{ kind: 'list', id: fresh('list'), body: {} }] });
      let heard: readonly [readonly string[], number] = [[], 0];
      await two.drainOutbox(500, (events, revision) => {
        heard = [events.map(({ id }) => id), revision];
        return { ruleDays: [] };
      });
      expect([new Set(heard[0]).size, heard[0].toSorted()]).toEqual([3, [...heard[0]]]);
      expect(heard[1]).toBe(before + 1);
    });

    it('many are put up at once, and listed newest first, by pages and by state', async () => {
      const webhookId = fresh('hook');
      const ids = await put(webhookId, 450);
      const newest = ids.toReversed();
      const list = async (more: object) => (await two.webhookQueue.list({ webhookId, limit: 100, ...more })).map(({ id }) => id);
      expect(await list({})).toEqual(newest.slice(0, 100));
      expect(await list({ beforeId: newest[99] })).toEqual(newest.slice(100, 200));
      expect(await list({ state: 'dead' })).toEqual([]);
      expect((await list({ state: 'pending' })).length).toBe(100);
    });

    it('are leased by one node at a time', async () => {
      const webhookId = fresh('hook');
      const ids = await put(webhookId, 40);
      const held = (await Promise.all(upTo(16).map((index) => take(index % 2 ? one : two, webhookId, 5_000, 5)))).flat();
      expect(held.map(({ id }) => id).toSorted()).toEqual([...ids]);
      expect(held.every(({ tries, body }) => tries === 1 && body.startsWith('{"n":'))).toBe(true);
      expect(await take(one, webhookId, 34_999)).toEqual([]);
    });

    it('whose node is gone are leased by another when the lease is over, as the same event', async () => {
      const webhookId = fresh('hook');
      await put(webhookId);
      const first = await taken(one, webhookId, 5_000);
      const second = await taken(two, webhookId, 35_000);
      expect([second.id, second.body, second.tries]).toEqual([first.id, first.body, 2]);
      await one.webhookQueue.settle(first, { state: 'dead', dueAt: 36_000, at: 36_000, reason: 'status', status: 500 });
      expect(await states(webhookId)).toEqual([['pending', 2, undefined]]);
      await two.webhookQueue.settle(second, delivered(36_000));
      expect(await states(webhookId)).toEqual([['delivered', 2, undefined]]);
    });

    it('are due when they say, and keep no body once delivered', async () => {
      const webhookId = fresh('hook');
      await put(webhookId);
      const first = await taken(one, webhookId, 5_000);
      await one.webhookQueue.settle(first, { state: 'pending', dueAt: 60_000, at: 5_100, reason: 'timeout' });
      expect(await take(one, webhookId, 59_999)).toEqual([]);
      const second = await taken(one, webhookId, 60_000);
      expect(second).toMatchObject({ tries: 2, lastAt: 5_100, lastReason: 'timeout', body: '{"n":0}' });
      await one.webhookQueue.settle(second, delivered(60_100));
      expect(await two.webhookQueue.replay({ webhookId, now: 70_000 })).toBe(0);
      const [kept] = await two.webhookQueue.list({ webhookId, limit: 1 });
      expect(kept).toMatchObject({ state: 'delivered', lastStatus: 204, lastAt: 60_100 });
      expect(kept).not.toHaveProperty('lastReason');
    });

    it('that are dead are replayed one by one or all, for this webhook', async () => {
      const [webhookId, other] = [fresh('hook'), fresh('hook')];
      const ids = await put(webhookId, 3);
      await put(other);
      for (const id of [webhookId, other])
        for (const each of await take(one, id, 5_000))
          await one.webhookQueue.settle(each, { state: 'dead', dueAt: 6_000, at: 6_000, reason: 'network' });
      const { replay } = two.webhookQueue;
      expect(await replay({ webhookId, id: ids[1], now: 7_000 })).toBe(1);
      expect(await replay({ webhookId, id: ids[1], now: 7_000 })).toBe(0);
      expect(await replay({ webhookId, id: 'unheard of', now: 7_000 })).toBe(0);
      expect(await take(one, webhookId, 7_000)).toMatchObject([{ id: ids[1], tries: 1, body: '{"n":1}' }]);
      expect(await replay({ webhookId, now: 8_000 })).toBe(2);
      expect((await states(other))[0]).toEqual(['dead', 1, 'network']);
    });

    it('go with their webhook, and with time', async () => {
      const [dropped, deleted, old, kept] = upTo(4).map(() => fresh('hook')) as [string, string, string, string];
      for (const id of [dropped, deleted, kept]) await put(id, 2, 100 * day);
      await put(old, 2, 86 * day - 10);
      await one.webhookQueue.drop(dropped);
      await one.commitDocuments({ expectedRevision: await one.revision(), put: [], remove: [{ kind: 'webhook', id: deleted }] });
      await one.prune(100 * day);
      for (const id of [dropped, deleted, old]) expect([id, await states(id)]).toEqual([id, []]);
      expect(await states(kept)).toHaveLength(2);
    });
  });
};
