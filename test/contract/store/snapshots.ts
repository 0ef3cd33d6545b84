import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Decision, Instance } from '../../../core/index.ts';
import type { Store } from '../../../core/ports/store.ts';
import { anInstance, aUser, fresh, write } from './builders.ts';
import type { Place, Subject } from './place.ts';

const decisionOver = (names: string): Decision => ({
  ...anInstance('nobody').decision,
  signals: { names, values: names.split(' ').map((_, index) => index), causes: '' },
});

const namesOf = (instance: Instance | undefined) => [instance?.decision.signals.names, instance?.deferredDecision?.signals.names];

export const snapshots = (subject: Subject): void => {
  let place: Place;
  let store: Store;
  beforeAll(async () => {
    place = await subject.place();
    store = await place.node();
    await store.migrate();
  });
  afterAll(() => place.close());

  describe('names of signals', () => {
    it('come back on every node, those of the page too, and survive later writes of the instance', async () => {
      const userId = fresh('user');
      const [first, second] = ['ip.address user.id', 'custom.amount ip.address'];
      const made = anInstance(userId, { decision: decisionOver(first), deferredDecision: decisionOver(second) });
      await write(store, userId, { user: aUser(userId), instances: [made] });
      await store.transact({
        userId,
        load: { instance: made },
        run: ({ instance }) => ({ changes: { instances: [{ ...(instance ?? made), consumedAt: 5 }] }, answer: undefined }),
      });
      for (const node of [store, await place.node()]) {
        expect(await node.instance(made)).toEqual({ ...made, consumedAt: 5 });
        expect((await node.instances({ userId, order: 'newest', limit: 9 })).map(namesOf)).toEqual([[first, second]]);
      }
    });

    it('are those of each instance where many are written at once', async () => {
      const users = Array.from({ length: 40 }, (_, index) => ({ userId: fresh('user'), names: `a.b c.d${index % 3}` }));
      const written = await Promise.all(
        users.map(async ({ userId, names }) => {
          const instance = anInstance(userId, { decision: decisionOver(names) });
          await write(store, userId, { user: aUser(userId), instances: [instance] });
          return instance;
        }),
      );
      const read = await Promise.all(written.map((ref) => store.instance(ref)));
      expect(read).toEqual(written);
    });
  });
};
