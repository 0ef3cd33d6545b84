import { describe, expect, it } from 'vitest';
import { StepwardError } from '../../../core/index.ts';
import type { Store } from '../../../core/ports/store.ts';
import { anInstance, ascending, aUser, fresh, increment, type Sent, until, upTo, write } from './builders.ts';
import type { Place, Subject } from './place.ts';

/** A trigger that lets every commit fail that has an event in it. */
const spoiltCommits = {
  sqlite: [
    'CREATE TABLE spoilt (id INTEGER REFERENCES users (user_id) DEFERRABLE INITIALLY DEFERRED)',
    "CREATE TRIGGER spoil AFTER INSERT ON outbox BEGIN INSERT INTO spoilt VALUES ('nobody'); END",
  ],
  postgres: [
    "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''spoilt''; END'",
    'CREATE CONSTRAINT TRIGGER spoil AFTER INSERT ON outbox DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()',
  ],
} as const;
const healed = { sqlite: ['DROP TRIGGER spoil'], postgres: ['DROP TRIGGER spoil ON outbox'] } as const;

export const nodes = (subject: Subject): void => {
  const at = async (test: (place: Place, one: Store, two: Store) => Promise<void>): Promise<void> => {
    const place = await subject.place();
    try {
      const [one, two] = [await place.node(), await place.node()];
      await one.migrate();
      await test(place, one, two);
    } finally {
      await place.close();
    }
  };

  describe('two nodes on one database', () => {
    it('migrate at the same time, and again', async () => {
      const place = await subject.place();
      const all = await Promise.all(upTo(4).map(() => place.node()));
      await Promise.all(all.map((node) => node.migrate()));
      await Promise.all(all.map((node) => node.migrate()));
      const userId = fresh('user');
      await Promise.all(all.map((node) => increment(node, userId)));
      expect((await all[0]?.user(userId))?.consecutiveFailures).toBe(4);
      await place.close();
    });

    it('write one user strictly one after another, from the first track on', () =>
      at(async (_, one, two) => {
        for (const userId of upTo(5).map(() => fresh('user'))) {
          const was = await Promise.all(upTo(40).map((index) => increment(index % 2 ? one : two, userId)));
          expect(ascending(was)).toEqual(upTo(40));
          expect((await two.user(userId))?.consecutiveFailures).toBe(40);
        }
      }));

    it('create one instance for one key of a user whom neither knows, though no user is written', () =>
      at(async (_, one, two) => {
        for (const userId of upTo(10).map(() => fresh('user'))) {
          const create = (store: Store) => {
            const mine = anInstance(userId, { idempotencyKey: 'same', state: 'REVIEW_SUCCEEDED' });
            return store.transact({
              userId,
              load: { instance: mine, approvalsOf: mine.action },
              run: ({ instance, approvals }) =>
                instance
                  ? { answer: [instance.instanceId, approvals.length] }
                  : { changes: { instances: [mine] }, answer: [mine.instanceId, approvals.length + 1] },
            });
          };
          const got = await Promise.all([create(one), create(two), create(one), create(two)]);
          expect(new Set(got.map(String)).size).toBe(1);
          expect(await one.user(userId)).toBeUndefined();
        }
      }));

    it.each(['known', 'unknown'])('run units of work that write instances of a user who is %s one after another', (kind) =>
      at(async (_, one, two) => {
        for (const userId of upTo(5).map(() => fresh('user'))) {
          if (kind === 'known') await write(one, userId, { user: aUser(userId) });
          const add = (store: Store) =>
            store.transact({
              userId,
              load: { approvalsOf: 'a' },
              run: ({ approvals }) => ({
                changes: { instances: [anInstance(userId, { action: 'a', state: 'REVIEW_SUCCEEDED' })] },
                answer: approvals.length,
              }),
            });
          const found = await Promise.all(upTo(20).map((index) => add(index % 2 ? one : two)));
          expect(ascending(found)).toEqual(upTo(20));
        }
      }),
    );

    it('race erasures against writes without losing either', () =>
      at(async (_, one, two) => {
        const userId = fresh('user');
        await Promise.all(
          upTo(30).map((index) => (index % 3 ? increment(index % 2 ? one : two, userId) : write(two, userId, { erase: true }))),
        );
        await write(one, userId, { erase: true });
        expect(await increment(two, userId)).toBe(0);
      }));

    it('count the same keys exactly', () =>
      at(async (_, one, two) => {
        const keys = upTo(4).map(() => fresh('key'));
        const counted = (index: number) =>
          write(index % 2 ? one : two, fresh('user'), {
            counted: keys.map((key) => ({ key, at: 10 + (index % 5) })),
            seen: keys.toReversed().map((key) => ({ key, subject: `s${index % 20}`, at: index })),
          });
        await Promise.all(upTo(200).map(counted));
        expect(await one.counts(keys.map((key) => ({ key, since: [9] })))).toEqual(keys.map(() => [200]));
        expect(await two.distinct(keys.map((key) => ({ key, since: -1 })))).toEqual(keys.map(() => 20));
      }));

    it('write each record one after another', () =>
      at(async (_, one, two) => {
        const key = fresh('record');
        const send = (store: Store) =>
          store.transactRecord(key, (was: Sent | undefined) => ({
            record: { until, sends: [...(was?.sends ?? []), 1] },
            answer: was?.sends.length ?? 0,
          }));
        // Few at once: each lost race costs a repetition.
        for (const round of upTo(10)) expect(ascending(await Promise.all([send(one), send(two)]))).toEqual([2 * round, 2 * round + 1]);
      }));
  });

  describe('a commit that fails', () => {
    it('is unavailable for its whole batch, changes nothing, tells nothing, and passes', () =>
      at(async (place, store) => {
        for (const statement of spoiltCommits[subject.dialect]) await place.sql(statement);
        const userIds = upTo(6).map(() => fresh('user'));
        const track = (userId: string) =>
          write(store, userId, { user: aUser(userId), events: [{ type: 't', at: 1, data: { secret: 'token' } }] });
        for (const one of await Promise.allSettled(userIds.map(track))) {
          if (one.status === 'fulfilled') throw new Error('was acknowledged');
          expect(one.reason).toBeInstanceOf(StepwardError);
          expect(one.reason).toMatchObject({ code: 'unavailable' });
          expect(one.reason.message).not.toMatch(/insert|outbox|spoilt|token/i);
        }
        for (const userId of userIds) expect(await store.user(userId)).toBeUndefined();
        for (const statement of healed[subject.dialect]) await place.sql(statement);
        await Promise.all(userIds.map(track));
        expect(await Promise.all(userIds.map((userId) => store.user(userId)))).not.toContain(undefined);
        await store.ping();
      }));
  });

  describe('closing', () => {
    it('finishes what was accepted and refuses what comes after', () =>
      at(async (_, one, two) => {
        const userIds = upTo(150).map(() => fresh('user'));
        const accepted = userIds.map((userId) => increment(one, userId));
        await one.close();
        await one.close();
        expect(await Promise.all(accepted)).toEqual(userIds.map(() => 0));
        await expect(increment(one, fresh('user'))).rejects.toMatchObject({ code: 'unavailable' });
        await expect(one.user('x')).rejects.toMatchObject({ code: 'unavailable' });
        await expect(one.ping()).rejects.toMatchObject({ code: 'unavailable' });
        expect(await Promise.all(userIds.map((userId) => two.user(userId)))).not.toContain(undefined);
      }));
  });
};
