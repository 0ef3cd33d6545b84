import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Store } from '../../../core/ports/store.ts';
import { anInstance, ascending, aUser, fresh, increment, look, type Sent, until, upTo, write } from './builders.ts';
import type { Place, Subject } from './place.ts';

export const transactions = (subject: Subject): void => {
  let place: Place;
  let store: Store;
  beforeAll(async () => {
    place = await subject.place();
    store = await place.node();
    await store.migrate();
  });
  afterAll(() => place.close());

  describe('a unit of work', () => {
    it('reads what the one before it wrote, in and outside a unit of work', async () => {
      const userId = fresh('user');
      const user = aUser(userId, { email: 'a@example.com', custom: { plan: 'gold', tags: ['x', 'é', '"'] } });
      const instance = anInstance(userId, { redirectUrl: 'sealed' });
      await write(store, userId, { user, instances: [instance] });
      const loaded = await look(store, userId, { instance });
      expect(loaded.user).toEqual(user);
      expect(loaded.instance).toEqual(instance);
      expect(await store.user(userId)).toEqual(user);
      expect(await store.instance(instance)).toEqual(instance);
    });

    it('finds nothing of a user whom nobody has tracked, and leaves no trace of having asked', async () => {
      const userId = fresh('user');
      const load = { instance: { action: 'a', idempotencyKey: 'k' }, approvalsOf: 'a', openInstances: true } as const;
      const loaded = await look(store, userId, { ...load, counts: [{ key: userId, since: [0] }], distinct: [{ key: userId, since: 0 }] });
      expect(loaded).toMatchObject({ approvals: [], counts: [[0]], distinct: [0] });
      expect(loaded.user).toBeUndefined();
      expect(loaded.instance).toBeUndefined();
      expect(await store.user(userId)).toBeUndefined();
      expect(await store.users({ limit: 1, afterUserId: userId.slice(0, -1) })).not.toContainEqual(expect.objectContaining({ userId }));
    });

    it('leaves a user alone whom it does not write, and makes none for an instance', async () => {
      const userId = fresh('user');
      const instance = anInstance(userId);
      await write(store, userId, { instances: [instance] });
      expect(await store.user(userId)).toBeUndefined();
      expect(await store.instance(instance)).toEqual(instance);
      await increment(store, userId);
      await write(store, userId, { instances: [{ ...instance, state: 'BLOCK' }] });
      expect((await store.user(userId))?.consecutiveFailures).toBe(1);
      expect((await store.instance(instance))?.state).toBe('BLOCK');
    });

    it('replaces a user and an instance, contacts included', async () => {
      const userId = fresh('user');
      const email = `${userId}@example.com`;
      await write(store, userId, { user: aUser(userId, { email }) });
      await write(store, userId, { user: aUser(userId, { username: userId }) });
      expect(await store.users({ email, limit: 5 })).toEqual([]);
      expect(await store.users({ username: userId, limit: 5 })).toEqual([aUser(userId, { username: userId })]);
    });

    it('keeps whose a WebAuthn credential is in step with its user', async () => {
      const [userId, other] = [fresh('user'), fresh('user')];
      const owners = (...ids: readonly string[]) => Promise.all(ids.map((id) => store.credentialOwner(`${userId}-${id}`)));
      const withKeys = (of: string, ...ids: readonly string[]) =>
        aUser(of, {
          authenticators: ids.map((id) => ({
            userAuthenticatorId: id,
            verificationMethod: 'PASSKEY',
            createdAt: 1,
            data: { credentialId: `${userId}-${id}` },
          })),
        });
      await write(store, userId, { user: withKeys(userId, 'a', 'b') });
      expect(await owners('a', 'b', 'c')).toEqual([userId, userId, undefined]);
      await write(store, userId, { user: withKeys(userId, 'b', 'c') });
      expect(await owners('a', 'b', 'c')).toEqual([undefined, userId, userId]);
      // another's is not taken over, nor lost with whoever claims it
      await write(store, other, { user: withKeys(other, 'b') });
      expect(await owners('b')).toEqual([userId]);
      await write(store, other, { user: withKeys(other) });
      expect(await owners('b')).toEqual([userId]);
      await write(store, userId, { erase: true });
      expect(await owners('b', 'c')).toEqual([undefined, undefined]);
    });

    it('sees the revision of the documents', async () => {
      const revision = await store.revision();
      await store.commitDocuments({ expectedRevision: revision, put: [] });
      expect((await look(store, fresh('user'), {})).revision).toBe(revision + 1);
    });

    it('loads the newest 20 approvals of one action that are not consumed', async () => {
      const userId = fresh('user');
      const approved = upTo(23).map((at) => anInstance(userId, { action: 'pay', state: 'REVIEW_SUCCEEDED', createdAt: 2_000 + at }));
      const others = [
        anInstance(userId, { action: 'pay', state: 'REVIEW_SUCCEEDED', createdAt: 9_000, consumedAt: 9_001 }),
        anInstance(userId, { action: 'pay', state: 'REVIEW_REQUIRED', createdAt: 9_000 }),
        anInstance(userId, { action: 'other', state: 'REVIEW_SUCCEEDED', createdAt: 9_000 }),
      ];
      await write(store, userId, { instances: [...approved, ...others] });
      const { approvals } = await look(store, userId, { approvalsOf: 'pay' });
      expect(approvals.map(({ createdAt }) => createdAt)).toEqual(upTo(20).map((back) => 2_022 - back));
    });

    it('refuses changes of another user, and an erasure that writes', async () => {
      const [userId, other] = [fresh('user'), fresh('user')];
      await expect(write(store, userId, { instances: [anInstance(other)] })).rejects.toThrow(TypeError);
      await expect(write(store, userId, { user: aUser(other) })).rejects.toThrow(TypeError);
      await expect(write(store, userId, { erase: true, user: aUser(userId) })).rejects.toThrow(TypeError);
    });

    it('that throws changes nothing, and its neighbours in the batch do not notice', async () => {
      const userIds = upTo(40).map(() => fresh('user'));
      const wrong = new Error('own');
      const settled = await Promise.allSettled(
        userIds.map((userId, index) =>
          store.transact({
            userId,
            load: {},
            run: () => {
              if (index % 5 === 0) throw wrong;
              return { changes: { user: aUser(userId), instances: index % 5 === 1 ? [anInstance('x')] : [] }, answer: index };
            },
          }),
        ),
      );
      for (const [index, one] of settled.entries()) {
        const fate = index % 5;
        if (fate === 0) expect(one).toEqual({ status: 'rejected', reason: wrong });
        else if (fate === 1) expect(one).toMatchObject({ status: 'rejected', reason: expect.any(TypeError) });
        else expect(one).toEqual({ status: 'fulfilled', value: index });
        expect((await store.user(userIds[index] ?? '')) !== undefined).toBe(fate > 1);
      }
    });
  });

  describe('an instance', () => {
    it('is found by its id', async () => {
      const userId = fresh('user');
      const instance = anInstance(userId);
      await write(store, userId, { instances: [instance] });
      const { action, idempotencyKey, instanceId } = instance;
      expect(await store.locate(instanceId)).toEqual({ userId, action, idempotencyKey });
      expect(await store.locate(anInstance(userId).instanceId)).toBeUndefined();
    });
  });

  describe('erasing', () => {
    it('leaves nothing of the user and his instances, and touches nobody else', async () => {
      const [userId, other] = [fresh('user'), fresh('user')];
      const own = upTo(3).map(() => anInstance(userId));
      const theirs = anInstance(other);
      await write(store, other, { user: aUser(other), instances: [theirs] });
      await write(store, userId, { user: aUser(userId), instances: own });

      await write(store, userId, { erase: true });
      expect(await store.user(userId)).toBeUndefined();
      expect(await store.instances({ userId, order: 'newest', limit: 9 })).toEqual([]);
      expect(await Promise.all(own.map(({ instanceId }) => store.locate(instanceId)))).toEqual(own.map(() => undefined));
      expect(await store.user(other)).toBeDefined();
      expect(await store.instance(theirs)).toEqual(theirs);
      expect(await store.locate(theirs.instanceId)).toBeDefined();
    });

    it('lets the same user come again', async () => {
      const userId = fresh('user');
      await increment(store, userId);
      await write(store, userId, { erase: true });
      expect(await increment(store, userId)).toBe(0);
      expect(await increment(store, userId)).toBe(1);
    });
  });

  describe('racing', () => {
    it('100 units of work on one user run strictly one after another', async () => {
      const userId = fresh('user');
      const seen = await Promise.all(upTo(100).map(() => increment(store, userId)));
      expect(ascending(seen)).toEqual(upTo(100));
      expect((await store.user(userId))?.consecutiveFailures).toBe(100);
    });

    it('of 100 with one idempotency key one creates the instance and all get it', async () => {
      const userId = fresh('user');
      const created = upTo(100).map(() => anInstance(userId, { idempotencyKey: 'same' }));
      const got = await Promise.all(
        created.map((mine) =>
          store.transact({
            userId,
            load: { instance: mine },
            run: ({ instance }) => (instance ? { answer: instance } : { changes: { instances: [mine] }, answer: mine }),
          }),
        ),
      );
      expect(new Set(got.map(({ instanceId }) => instanceId)).size).toBe(1);
    });
  });

  describe('records', () => {
    it('are written one at a time', async () => {
      const key = fresh('record');
      const send = () =>
        store.transactRecord(key, (was: Sent | undefined) => ({
          record: { until, sends: [...(was?.sends ?? []), 1] },
          answer: was?.sends.length ?? 0,
        }));
      expect(ascending(await Promise.all(upTo(30).map(send)))).toEqual(upTo(30));
      expect(await store.record(key)).toEqual({ until, sends: upTo(30).map(() => 1) });
    });

    it('stay as they were where nothing is answered, or the work throws its own error', async () => {
      const key = fresh('record');
      expect(await store.transactRecord(key, () => ({ answer: 7 }))).toBe(7);
      const wrong = new Error('own');
      const thrown = store.transactRecord(key, () => {
        throw wrong;
      });
      await expect(thrown).rejects.toBe(wrong);
      expect(await store.record(key)).toBeUndefined();
    });

    it('are gone when their time is over, and can begin anew', async () => {
      const key = fresh('record');
      const past = { until: 1, sends: [1] };
      await store.transactRecord(key, () => ({ record: past, answer: undefined }));
      expect(await store.record(key)).toBeUndefined();
      const again = { until, sends: [2] };
      expect(await store.transactRecord(key, (was: Sent | undefined) => ({ record: again, answer: was }))).toBeUndefined();
      expect(await store.record(key)).toEqual(again);
    });
  });
};
