import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Event, RuleDayDelta, Store } from '../../../core/ports/store.ts';
import { fresh, look, upTo, uuidOf, write } from './builders.ts';
import type { Place, Subject } from './place.ts';

const delta = (over: Partial<RuleDayDelta>): RuleDayDelta => ({
  action: 'signIn',
  ruleId: 'r1',
  day: '2026-11-24',
  evaluated: 0,
  matched: 0,
  unknown: 0,
  errors: 0,
  decidesAlone: 0,
  wins: 0,
  changes: 0,
  matchedUsers: [],
  ...over,
});

export const documents = (subject: Subject): void => {
  let place: Place;
  let one: Store;
  let two: Store;
  beforeAll(async () => {
    place = await subject.place();
    [one, two] = [await place.node(), await place.node()];
    await one.migrate();
  });
  afterAll(() => place.close());

  describe('settings documents', () => {
    it('are written by whoever has seen the present revision, on any node, and by nobody else', async () => {
      const revision = await one.revision();
      const attempt = (index: number) =>
        (index % 2 ? one : two).commitDocuments({
          expectedRevision: revision,
          put: [{ kind: 'list', id: 'contested', body: { index } }],
          audit: [{ id: uuidOf(1_000 + index), at: 1, actor: 'contest', what: 'list.updated', subject: 'contested' }],
          events: [{ type: 'contest', at: 1, data: { index } }],
        });
      const answers = await Promise.all(upTo(20).map(attempt));
      expect(answers.filter((answer) => answer === 'committed')).toHaveLength(1);
      const winner = answers.indexOf('committed');
      const { documents: found, revision: present } = await two.documentsSince(revision);
      expect(found).toEqual([{ kind: 'list', id: 'contested', revision: revision + 1, deleted: false, body: { index: winner } }]);
      expect(present).toBe(revision + 1);
      expect(await one.audit({ limit: 9, actor: 'contest' })).toHaveLength(1);
      expect((await two.drainOutbox(9, () => ({ ruleDays: [] }))).map(({ data }) => data)).toEqual([{ index: winner }]);
    });

    it('are read as what changed since a revision, removals included', async () => {
      const start = await one.revision();
      const put = (id: string, body: unknown) => ({ kind: 'policy', id, body });
      await one.commitDocuments({ expectedRevision: start, put: [put('a', 1), put('b', 2)] });
      await one.commitDocuments({
        expectedRevision: start + 1,
        put: [put('a', { x: [null, 'é'] })],
        remove: [{ kind: 'policy', id: 'b' }],
      });
      const since = async (revision: number) =>
        (await two.documentsSince(revision)).documents.map(({ id, deleted, body }) => [id, deleted, deleted || body]);
      expect(await since(start)).toEqual([
        ['a', false, { x: [null, 'é'] }],
        ['b', true, true],
      ]);
      expect(await since(start + 2)).toEqual([]);
      expect((await two.documentsSince(start + 2)).revision).toBe(start + 2);
      await one.commitDocuments({ expectedRevision: start + 2, put: [put('b', 3)] });
      expect(await since(start + 2)).toEqual([['b', false, 3]]);
      expect((await look(two, fresh('user'), {})).revision).toBe(start + 3);
    });

    it('keep every frozen policy version', async () => {
      const action = fresh('action');
      const freeze = async (version: number) =>
        one.commitDocuments({
          expectedRevision: await one.revision(),
          put: [],
          versions: [{ action, version, at: version * 10, body: { rules: [version] } }],
        });
      await freeze(1);
      await freeze(2);
      expect(await two.policyVersions(action)).toEqual([
        { version: 2, at: 20 },
        { version: 1, at: 10 },
      ]);
      expect(await two.policyVersion(action, 1)).toEqual({ rules: [1] });
      expect(await two.policyVersion(action, 3)).toBeUndefined();
      expect(await two.policyVersions(fresh('action'))).toEqual([]);
    });
  });

  describe('the outbox', () => {
    const nothing = () => ({ ruleDays: [] });
    const drainAll = async (store: Store, limit: number, digest: (events: readonly Event[]) => { ruleDays: readonly RuleDayDelta[] }) => {
      const all: Event[] = [];
      for (;;) {
        const events = await store.drainOutbox(limit, digest);
        if (events.length === 0) return all;
        all.push(...events);
      }
    };

    it('gives events in the order in which they were written', async () => {
      await drainAll(one, 500, nothing);
      const userId = fresh('user');
      for (const at of upTo(3))
        await write(one, userId, { events: upTo(4).map((index) => ({ type: 't', at, data: { n: at * 4 + index, text: '"é' } })) });
      const events = await drainAll(one, 5, nothing);
      expect(events).toEqual(upTo(12).map((n) => ({ type: 't', at: Math.floor(n / 4), data: { n, text: '"é' } })));
      expect(await one.drainOutbox(5, nothing)).toEqual([]);
    });

    it('keeps what a failing digest was given', async () => {
      await write(one, fresh('user'), { events: [{ type: 't', at: 1, data: {} }] });
      const wrong = new Error('own');
      const failing = one.drainOutbox(5, () => {
        throw wrong;
      });
      await expect(failing).rejects.toBe(wrong);
      expect(await one.drainOutbox(5, nothing)).toHaveLength(1);
    });

    it('counts each event once between two nodes that drain at the same time', async () => {
      const action = fresh('action');
      await Promise.all(upTo(200).map((n) => write(one, fresh('user'), { events: [{ type: 'decision', at: n, data: { n } }] })));
      const digest = (events: readonly Event[]) => ({
        ruleDays: events.map(({ at }) =>
          delta({ action, evaluated: 1, matched: at % 2, lastMatchedAt: at, matchedUsers: [`u${at % 10}`] }),
        ),
      });
      const taken = await Promise.all([drainAll(one, 7, digest), drainAll(two, 7, digest)]);
      const rest = await drainAll(one, 7, digest);
      const numbers = [...taken.flat(), ...rest].map(({ data }) => Number(data.n));
      expect(numbers.toSorted((a, b) => a - b)).toEqual(upTo(200));
      const [counted] = await one.ruleDays({ action, fromDay: '2026-11-24', toDay: '2026-11-24' });
      expect(counted).toMatchObject({ evaluated: 200, matched: 100, users: 10, lastMatchedAt: 199 });
    });
  });

  describe('rule days', () => {
    const add = async (...ruleDays: readonly RuleDayDelta[]) => {
      await write(one, fresh('user'), { events: [{ type: 't', at: 1, data: {} }] });
      await one.drainOutbox(1, () => ({ ruleDays }));
    };

    it('add up by rule and day, a user once a day', async () => {
      const action = fresh('action');
      await add(
        delta({
          action,
          evaluated: 3,
          matched: 2,
          wins: 1,
          decidesAlone: 1,
          unknown: 4,
          errors: 5,
          changes: 6,
          lastMatchedAt: 50,
          matchedUsers: ['a', 'b', 'a'],
        }),
      );
      await add(
        delta({ action, evaluated: 1, matched: 1, lastMatchedAt: 40, matchedUsers: ['b', 'c'] }),
        delta({ action, day: '2026-11-25', evaluated: 1, matchedUsers: ['b'] }),
        delta({ action, ruleId: 'r2', evaluated: 9 }),
      );
      const days = await two.ruleDays({ action, fromDay: '2026-11-24', toDay: '2026-11-25' });
      expect(days).toEqual([
        {
          action,
          ruleId: 'r1',
          day: '2026-11-24',
          evaluated: 4,
          matched: 3,
          unknown: 4,
          errors: 5,
          decidesAlone: 1,
          wins: 1,
          changes: 6,
          users: 3,
          lastMatchedAt: 50,
        },
        expect.objectContaining({ ruleId: 'r2', evaluated: 9, users: 0 }),
        expect.objectContaining({ ruleId: 'r1', day: '2026-11-25', evaluated: 1, users: 1 }),
      ]);
      expect(days[1]).not.toHaveProperty('lastMatchedAt');
      expect(await two.ruleDays({ action, fromDay: '2026-11-26', toDay: '2026-11-27' })).toEqual([]);
    });
  });
};
