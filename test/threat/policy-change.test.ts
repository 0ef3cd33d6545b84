import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorld, usual, type World } from '../support/stepward.ts';
import { createDatabases, storeNames } from './support/nodes.ts';

const databases = createDatabases();
afterAll(() => databases.stop());

describe.each(storeNames)('authentik #12531: a cached plan ignored a new deny policy (%s)', (name) => {
  // fails without: the revision compared in the transaction of track
  it('once a change is acknowledged no track on any node is decided by the version before, under load', async (context) => {
    const opened = await databases.nodes(name);
    if (!opened) return context.skip(`skipped: no ${name} here`);
    const { world, nodes } = opened;
    try {
      await world.configure('signIn', { defaultUserActionResult: 'ALLOW' });
      let acknowledged = 0;
      let stop = false;
      const late: unknown[] = [];
      let decided = 0;
      const lane = async (nth: number): Promise<void> => {
        for (let round = 0; !stop; round++) {
          const asked = acknowledged;
          const { answer } = await (nodes[nth % 2] ?? world).stepward.track({
            ...usual,
            userId: `user-${nth}-${round % 5}`,
            action: 'signIn',
          });
          decided++;
          if (answer.policyVersion < asked) late.push([asked, answer.policyVersion]);
        }
      };
      const lanes = Array.from({ length: 12 }, (_, nth) => lane(nth));
      for (let change = 0; change < 10; change++) {
        await world.configure('signIn', { defaultUserActionResult: change % 2 ? 'ALLOW' : 'BLOCK' });
        const version = (await world.policies.fresh()).actions.get('signIn')?.version ?? 0;
        acknowledged = version;
        const target = decided + 24;
        while (decided < target) await new Promise((resolve) => setImmediate(resolve));
      }
      stop = true;
      await Promise.all(lanes);
      expect(late).toEqual([]);
      expect(decided).toBeGreaterThanOrEqual(240);
    } finally {
      await opened.end();
    }
  });
});

describe('an instance keeps the version that decided it', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
  });
  afterAll(() => world.end());

  it('and explains itself by it after the rules are gone', async () => {
    await world.configure('signIn', { defaultUserActionResult: 'ALLOW' }, [{ conditions: null, type: 'BLOCK' }]);
    const { answer } = await world.stepward.track({ ...usual, userId: 'ann' });
    await world.configure('signIn', { defaultUserActionResult: 'ALLOW' });
    const ref = { userId: 'ann', action: 'signIn', idempotencyKey: answer.idempotencyKey };
    expect(await world.stepward.explain(ref)).toMatchObject({ decision: { outcome: 'BLOCK', policyVersion: answer.policyVersion } });
    expect((await world.stepward.getAction(ref)).state).toBe('BLOCK');
  });
});
