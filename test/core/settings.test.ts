import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWorld, usual, type World } from '../support/stepward.ts';

describe('the settings of an action', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(() => world.end());

  it('come into being with its first track, asking for a challenge', async () => {
    const { answer } = await world.stepward.track({ ...usual, userId: 'ann', action: 'never-seen' });
    expect(answer).toMatchObject({ state: 'CHALLENGE_REQUIRED', policyVersion: 1, decidedBy: 'default' });
  });

  it('go on with their version numbers after the action was deleted', async () => {
    await world.stepward.track({ ...usual, userId: 'ann', action: 'gone' });
    await world.policies.change(() => ({ answer: undefined, remove: [{ kind: 'action', id: 'gone' }] }));
    const { answer } = await world.stepward.track({ ...usual, userId: 'ann', action: 'gone' });
    expect(answer.policyVersion).toBe(2);
  });

  it('are made once, whoever tracks first', async () => {
    const tracked = await Promise.all(
      Array.from({ length: 50 }, (_, n) => world.stepward.track({ ...usual, userId: `u-${n}`, action: 'together' })),
    );
    expect(new Set(tracked.map(({ answer }) => answer.policyVersion))).toEqual(new Set([1]));
    expect(await world.store.policyVersions('together')).toHaveLength(1);
  });

  it('tell of each new version through the outbox', async () => {
    await world.policies.ensure('told');
    const events = await world.store.drainOutbox(100, () => ({ ruleDays: [] }));
    expect(events).toContainEqual(expect.objectContaining({ type: 'policy.changed', data: { action: 'told', version: 1, by: 'track' } }));
  });
});
