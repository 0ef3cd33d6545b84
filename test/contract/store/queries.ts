import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Instance } from '../../../core/index.ts';
import type { InstanceQuery, Store } from '../../../core/ports/store.ts';
import { anInstance, aUser, fresh, upTo, uuidOf, write } from './builders.ts';
import type { Place, Subject } from './place.ts';

/** Ids that hosts really have, and some that would break a careless query. */
const ids = [
  'auth0|a b',
  'google-oauth2|1234',
  '👩‍👩‍👧 family',
  `o'"\`brien`,
  '$1 ? :x %_',
  "'; DROP TABLE users; --",
  '{"$ne":null}',
  '\\u0000\\',
  'caf\u00e9',
  'cafe\u0301',
  'Ａ',
  'A',
  'a',
  ' a',
  '\u{10ffff}',
  '\uffff',
  '字'.repeat(255),
];

const byCodePoint = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

export const queries = (subject: Subject): void => {
  let place: Place;
  let store: Store;
  beforeAll(async () => {
    place = await subject.place();
    store = await place.node();
    await store.migrate();
  });
  afterAll(() => place.close());

  const page = async (query: Omit<InstanceQuery, 'order' | 'limit'> & Partial<InstanceQuery>): Promise<readonly Instance[]> =>
    store.instances({ order: 'newest', limit: 100, ...query });

  describe('ids', () => {
    it('of any shape are kept apart and given back as they came', async () => {
      await Promise.all(
        ids.map((userId) =>
          write(store, userId, {
            user: aUser(userId, { username: userId, email: userId }),
            instances: [anInstance(userId, { idempotencyKey: userId, action: userId })],
          }),
        ),
      );
      for (const userId of ids) {
        expect((await store.user(userId))?.userId).toBe(userId);
        expect((await store.users({ username: userId, limit: 9 })).map((user) => user.userId)).toEqual([userId]);
        expect((await store.instance({ userId, action: userId, idempotencyKey: userId }))?.userId).toBe(userId);
        expect((await page({ userId, actions: [userId] })).map((instance) => instance.userId)).toEqual([userId]);
      }
    });

    it('are in the order of their code points, page by page', async () => {
      const got: string[] = [];
      for (;;) {
        const users = await store.users({ limit: 4, ...(got.length > 0 ? { afterUserId: got.at(-1) ?? '' } : {}) });
        if (users.length === 0) break;
        got.push(...users.map(({ userId }) => userId));
      }
      expect(got).toEqual(ids.toSorted(byCodePoint));
    });
  });

  describe('users', () => {
    it.each(["' OR 1=1 --", '%', '_', '{"$gt":""}', '*'])('are not found by %s', async (hostile) => {
      expect(await store.users({ email: hostile, limit: 9 })).toEqual([]);
      expect(await store.users({ phoneNumber: hostile, limit: 9 })).toEqual([]);
      expect(await store.users({ username: hostile, limit: 9 })).toEqual([]);
    });

    it('are found by all that a query names together', async () => {
      const [one, two] = [fresh('user'), fresh('user')];
      await write(store, one, { user: aUser(one, { email: 'both@example.com', phoneNumber: '+811' }) });
      await write(store, two, { user: aUser(two, { email: 'both@example.com', phoneNumber: '+812' }) });
      const found = async (query: object) => (await store.users({ limit: 9, ...query })).map(({ userId }) => userId);
      expect(await found({ email: 'both@example.com' })).toEqual([one, two].toSorted(byCodePoint));
      expect(await found({ email: 'both@example.com', phoneNumber: '+812' })).toEqual([two]);
    });
  });

  describe('instances', () => {
    it('are found by each criterion and by all together', async () => {
      const userId = fresh('user');
      const action = fresh('action');
      const decision = anInstance(userId).decision;
      const degraded = [{ signal: 'ip.isTor', cause: 'no-data' }] as unknown as Instance['decision']['degraded'];
      const special = anInstance(userId, {
        action,
        state: 'REVIEW_REQUIRED',
        outcome: 'REVIEW',
        createdAt: 5_000,
        decision: { ...decision, ruleId: 'rule-1', degraded },
      });
      const plain = anInstance(userId, { action: fresh('action'), createdAt: 4_000 });
      await write(store, userId, { instances: [special, plain] });
      const criteria = {
        action,
        actions: [action, 'x'],
        state: 'REVIEW_REQUIRED',
        outcome: 'REVIEW',
        ruleId: 'rule-1',
        degraded: true,
        from: 5_000,
      } as const;
      for (const [name, value] of Object.entries(criteria)) expect(await page({ userId, [name]: value }), name).toEqual([special]);
      expect(await page({ userId, ...criteria, to: 5_000 })).toEqual([special]);
      expect(await page({ userId, to: 4_999 })).toEqual([plain]);
      expect(await page({ userId, degraded: false })).toEqual([plain]);
      expect(await page({ userId, actions: [] })).toEqual([]);
      expect(await page({ userId })).toEqual([special, plain]);
      expect(await page({ userId, order: 'oldest' })).toEqual([plain, special]);
    });

    it.each(['newest', 'oldest'] as const)('are paged, %s first, each once, while others are added', async (order) => {
      const userId = fresh('user');
      const stored = upTo(20).map((index) => anInstance(userId, { createdAt: 2_000 + Math.floor(index / 6), instanceId: uuidOf(2_000) }));
      await write(store, userId, { instances: stored });
      const got: Instance[] = [];
      for (;;) {
        const last = got.at(-1);
        const more = await page({ userId, order, limit: 3, ...(last ? { after: last } : {}) });
        if (more.length === 0) break;
        got.push(...more);
        await write(store, userId, { instances: [anInstance(userId, { createdAt: order === 'newest' ? 9_000 : 1 })] });
      }
      expect(got.map(({ instanceId }) => instanceId).toSorted()).toEqual(stored.map(({ instanceId }) => instanceId).toSorted());
      const times = got.map(({ createdAt }) => createdAt);
      expect(times).toEqual(order === 'newest' ? times.toSorted((a, b) => b - a) : times.toSorted((a, b) => a - b));
    });
  });

  describe('audit', () => {
    it('is given newest first, by page, actor and subject', async () => {
      const [actor, of] = [fresh('actor'), fresh('subject')];
      const entries = upTo(5).map((index) => ({
        id: uuidOf(1_000 + index),
        at: 1_000 + index,
        actor,
        what: 'rule.updated',
        subject: `${of}-${index % 2}`,
        detail: { index },
      }));
      await store.appendAudit(entries.slice(0, 2));
      await store.appendAudit(entries.slice(2).map(({ detail: _, ...entry }) => entry));
      await store.appendAudit(entries.slice(0, 1));
      const got = await store.audit({ limit: 3, actor });
      expect(got.map(({ at }) => at)).toEqual([1_004, 1_003, 1_002]);
      expect(got[0]).not.toHaveProperty('detail');
      const rest = await store.audit({ limit: 3, actor, afterId: got.at(-1)?.id ?? '' });
      expect(rest).toEqual(entries.slice(0, 2).toReversed());
      expect((await store.audit({ limit: 9, subject: `${of}-1` })).map(({ at }) => at)).toEqual([1_003, 1_001]);
      expect(await store.audit({ limit: 9, actor: "' OR ''='" })).toEqual([]);
    });
  });
};
