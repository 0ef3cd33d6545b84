import { describe, expect, it } from 'vitest';
import { createLimiter, type LimitName, limits, StepwardError } from '../../core/index.ts';
import type { Lasting, Store } from '../../core/ports/store.ts';

const name = 'client-token';
const { most, windowMs } = limits[name];

/** Nodes over one store, whose writes are counted; `fails` stands for a database that cannot be had. */
const setUp = () => {
  const world = { now: 1_000_000, fails: false, writes: 0, asked: 0, observed: [] as Record<string, unknown>[] };
  const records = new Map<string, Lasting>();
  const store: Pick<Store, 'transactRecord'> = {
    transactRecord: async <R extends Lasting, T>(
      key: string,
      run: (record: R | undefined) => { readonly record?: R; readonly answer: T },
    ) => {
      world.asked += 1;
      await null;
      if (world.fails) throw new StepwardError('unavailable', 'no database');
      const known = records.get(key);
      const { record, answer } = run(known && known.until > world.now ? (known as R) : undefined);
      if (record) {
        world.writes += 1;
        records.set(key, record);
      }
      return answer;
    },
  };
  const node = () =>
    createLimiter({
      store: store as Store,
      secrets: { hash: (purpose: string, value: string) => `${purpose}:${value}` } as never,
      clock: { now: () => world.now },
      observe: (event) => world.observed.push(event),
    });
  return { world, node, records };
};

const ask = async (limiter: ReturnType<typeof createLimiter>, times: number, subject = 's', of: LimitName = name) => {
  const answers = await Promise.all(Array.from({ length: times }, () => limiter.take(of, subject)));
  return answers.filter((answer) => answer === 'admitted').length;
};

describe('a limit', () => {
  it('admits so many in a window, tells when it ends, and begins anew then', async () => {
    const { world, node } = setUp();
    const limiter = node();
    expect(await ask(limiter, most)).toBe(most);
    world.now += 1_500;
    expect(await limiter.take(name, 's')).toEqual({ retryAfter: Math.ceil((windowMs - 1_500) / 1000) });
    world.now += windowMs - 1_501;
    expect(await limiter.take(name, 's')).toEqual({ retryAfter: 1 });
    world.now += 1;
    expect(await ask(limiter, most + 5)).toBe(most);
  });

  it('is one for each subject and each limit', async () => {
    const limiter = setUp().node();
    await ask(limiter, most);
    expect(await ask(limiter, 1)).toBe(0);
    expect(await ask(limiter, 1, 'other')).toBe(1);
    expect(await ask(limiter, 1, 's', 'client-address')).toBe(1);
  });

  it('holds for requests that come at once, one after another, and on several nodes: never one too many', async () => {
    for (const nodes of [1, 2, 3, 7]) {
      const { node } = setUp();
      const limiters = Array.from({ length: nodes }, node);
      const admitted = await Promise.all(limiters.map((limiter) => ask(limiter, 2 * most)));
      expect(admitted.reduce((sum, each) => sum + each, 0)).toBe(most);
    }
  });

  it('what one node took and did not give out is lost to the others for the window, and that is little', async () => {
    const { node } = setUp();
    const [one, two] = [node(), node()];
    expect(await ask(one, 1)).toBe(1);
    expect(await ask(two, 2 * most)).toBe(most - Math.ceil(most / 12));
  });

  it('writes a twelfth as often as it admits, and nothing for what it refuses', async () => {
    const { world, node } = setUp();
    const limiter = node();
    await ask(limiter, most);
    expect(world.writes).toBe(12);
    const { asked } = world;
    expect(await ask(limiter, 10_000)).toBe(0);
    expect(world.asked).toBe(asked);
  });

  it('keeps a keyed hash of the subject, no more', async () => {
    const { node, records } = setUp();
    await node().take(name, 'a-token');
    expect([...records.keys()]).toEqual(['limit:limit:client-token|a-token']);
    expect(JSON.stringify([...records.values()])).not.toContain('a-token');
  });

  it('a subject that was forgotten for lack of room is still limited', async () => {
    const { node } = setUp();
    const limiter = node();
    await ask(limiter, most);
    for (let subject = 0; subject < 50_001; subject++) await limiter.take(name, `s${subject}`);
    expect(await ask(limiter, 1)).toBe(0);
  });

  it('counts refusals', async () => {
    const { world, node } = setUp();
    await ask(node(), most + 3);
    expect(world.observed).toEqual(Array(3).fill({ type: 'limit', limit: name, result: 'refused' }));
  });

  describe('whose database cannot be had', () => {
    it('is counted by each node alone: nobody is locked out, nothing is unlimited', async () => {
      const { world, node } = setUp();
      world.fails = true;
      for (const limiter of [node(), node()]) expect(await ask(limiter, 3 * most)).toBe(most);
    });
    it('does not ask it for each subject', async () => {
      const { world, node } = setUp();
      world.fails = true;
      const limiter = node();
      await limiter.take(name, 'first');
      for (let subject = 0; subject < 50; subject++) expect(await ask(limiter, 1, `s${subject}`)).toBe(1);
      expect(world.asked).toBe(1);
      expect(world.observed).toEqual([{ type: 'limit', limit: name, result: 'uncounted', cause: expect.any(StepwardError) }]);
    });
    it('is counted over all nodes again when it is back', async () => {
      const { world, node } = setUp();
      const [one, two] = [node(), node()];
      world.fails = true;
      await ask(one, 1);
      world.fails = false;
      world.now += windowMs;
      expect((await ask(one, most)) + (await ask(two, most))).toBe(most);
    });
  });
});
