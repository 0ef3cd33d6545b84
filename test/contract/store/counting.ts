import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Store } from '../../../core/ports/store.ts';
import { fresh, look, upTo, write } from './builders.ts';
import type { Place, Subject } from './place.ts';

type Step = { readonly kind: 'count' | 'see'; readonly key: number; readonly subject: number; readonly at: number };

const steps = fc.array(
  fc.record<Step>({
    kind: fc.constantFrom('count', 'see'),
    key: fc.nat(1),
    subject: fc.nat(4),
    at: fc.integer({ min: 0, max: 40 }).map((n) => n * 7_000),
  }),
  { maxLength: 25 },
);

/** What the counts must come to, from the whole list of events. */
const model = () => {
  const counted = new Map<string, number[]>();
  const seen = new Map<string, Map<string, number>>();
  return {
    count: (key: string, at: number): void => {
      const before = counted.get(key) ?? [];
      counted.set(key, [...before, Math.max(at, before.at(-1) ?? at)]);
    },
    see: (key: string, subject: string, at: number): void => {
      const subjects = seen.get(key) ?? new Map<string, number>();
      const before = subjects.get(subject);
      // a subject is refreshed once a minute
      if (before === undefined || before <= at - 60_000) subjects.set(subject, at);
      seen.set(key, subjects);
    },
    counts: (key: string, since: number): number => (counted.get(key) ?? []).filter((at) => at > since).length,
    distinct: (key: string, since: number, except?: string): number =>
      [...(seen.get(key) ?? [])].filter(([subject, at]) => at > since && subject !== except).length,
  };
};

export const counting = (subject: Subject): void => {
  let place: Place;
  let store: Store;
  beforeAll(async () => {
    place = await subject.place();
    store = await place.node();
    await store.migrate();
  });
  afterAll(() => place.close());

  describe('sliding and distinct counts', () => {
    it('equal a recount of the whole history, clocks that go back included', async () => {
      await fc.assert(
        fc.asyncProperty(
          steps,
          fc.array(
            fc.integer({ min: -2, max: 42 }).map((n) => n * 7_000),
            { minLength: 1, maxLength: 8 },
          ),
          async (history, since) => {
            const expected = model();
            const keys = [fresh('key'), fresh('key')];
            for (const { kind, key, subject: who, at } of history) {
              const [name, subjectName] = [keys[key] ?? '', `s${who}`];
              if (kind === 'count') {
                expected.count(name, at);
                await write(store, fresh('user'), { counted: [{ key: name, at }] });
              } else {
                expected.see(name, subjectName, at);
                await write(store, fresh('user'), { seen: [{ key: name, subject: subjectName, at }] });
              }
            }
            const counts = keys.map((key) => ({ key, since }));
            const distinct = keys.flatMap((key) =>
              since.map((from, index) => ({ key, since: from, ...(index % 2 ? { except: 's1' } : {}) })),
            );
            const loaded = await look(store, fresh('user'), { counts, distinct });
            expect(loaded.counts).toEqual(keys.map((key) => since.map((from) => expected.counts(key, from))));
            expect(loaded.distinct).toEqual(distinct.map(({ key, since: from, except }) => expected.distinct(key, from, except)));
            expect(await store.counts(counts)).toEqual(loaded.counts);
            expect(await store.distinct(distinct)).toEqual(loaded.distinct);
          },
        ),
        { numRuns: 25 },
      );
    });

    it('answer no queries with nothing, and a query without windows with no number', async () => {
      expect(await store.counts([])).toEqual([]);
      expect(await store.distinct([])).toEqual([]);
      expect(
        await store.counts([
          { key: 'k', since: [] },
          { key: 'k', since: [1] },
        ]),
      ).toEqual([[], [0]]);
    });

    it('leave the event of the very unit of work to the caller', async () => {
      const key = fresh('key');
      const counts = [{ key, since: [0] }];
      const track = () =>
        store.transact({
          userId: fresh('user'),
          load: { counts },
          run: (loaded) => ({ changes: { counted: [{ key, at: 5 }] }, answer: loaded.counts[0]?.[0] }),
        });
      expect([await track(), await track()]).toEqual([0, 1]);
    });

    it('show those that come together to one another', async () => {
      const key = fresh('key');
      const counts = [{ key, since: [0, 7] }];
      const track = () =>
        store.transact({
          userId: fresh('user'),
          load: { counts },
          run: (loaded) => ({ changes: { counted: [{ key, at: 5 }] }, answer: loaded.counts[0] }),
        });
      expect(await Promise.all(upTo(20).map(track))).toEqual(upTo(20).map((before) => [before, 0]));
    });

    it('count an event given several times in one unit of work each time', async () => {
      const key = fresh('key');
      await write(store, fresh('user'), {
        counted: [
          { key, at: 5 },
          { key, at: 5 },
          { key, at: 5 },
        ],
      });
      expect(await store.counts([{ key, since: [4, 5] }])).toEqual([[3, 0]]);
    });

    it('lose none of many counted at once by different users', async () => {
      const key = fresh('key');
      const one = (index: number) =>
        write(store, fresh('user'), {
          counted: [{ key, at: 100 + (index % 7) }],
          seen: [{ key, subject: `s${index % 50}`, at: index * 61_000 }],
        });
      await Promise.all(upTo(300).map(one));
      expect(await store.counts([{ key, since: [99] }])).toEqual([[300]]);
      expect(
        await store.distinct([
          { key, since: -1 },
          { key, since: 249 * 61_000 },
          { key, since: 0, except: 's3' },
        ]),
      ).toEqual([50, 50, 49]);
    });

    it('stop counting subjects at 1,000', async () => {
      const key = fresh('key');
      await write(store, fresh('user'), { seen: upTo(1_010).map((index) => ({ key, subject: `s${index}`, at: 10 })) });
      expect(await store.distinct([{ key, since: 0 }])).toEqual([1_000]);
    });

    it('tell keys apart that differ by normalisation or case only', async () => {
      const [composed, decomposed] = ['caf\u00e9', 'cafe\u0301'];
      await write(store, fresh('user'), {
        counted: [{ key: composed, at: 5 }],
        seen: [
          { key: 'K', subject: composed, at: 5 },
          { key: 'K', subject: decomposed, at: 5 },
        ],
      });
      expect(
        await store.counts([
          { key: composed, since: [0] },
          { key: decomposed, since: [0] },
          { key: composed.toUpperCase(), since: [0] },
        ]),
      ).toEqual([[1], [0], [0]]);
      expect(
        await store.distinct([
          { key: 'K', since: 0 },
          { key: 'k', since: 0 },
        ]),
      ).toEqual([2, 0]);
    });
  });

  describe('pruning', () => {
    it('removes what no window reaches, and nothing else', async () => {
      const day = 86_400_000;
      const now = 1_000 * day;
      const [old, young] = [fresh('key'), fresh('key')];
      const userId = fresh('user');
      place.clock.now = now - day;
      await write(store, userId, {
        counted: [
          { key: old, at: 1 },
          { key: young, at: now - 30 * day },
        ],
        seen: [
          { key: old, subject: 's', at: 1 },
          { key: young, subject: 's', at: now - 30 * day },
        ],
      });
      await store.prune(now);
      const keys = [old, young];
      expect(await store.counts(keys.map((key) => ({ key, since: [0] })))).toEqual([[0], [1]]);
      expect(await store.distinct(keys.map((key) => ({ key, since: 0 })))).toEqual([0, 1]);
      await write(store, userId, {
        counted: [
          { key: old, at: now },
          { key: young, at: now },
        ],
      });
      expect(await store.counts(keys.map((key) => ({ key, since: [0] })))).toEqual([[1], [2]]);
    });
  });
};
