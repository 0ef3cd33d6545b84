import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWorld, type World } from '../support/stepward.ts';
import { track } from '../support/use-cases.ts';

describe('what a host decided without the core', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(() => world.end());
  const counted = () => world.observed.filter(({ type }) => type === 'undecided');

  it('is counted when the core hears of it, once for each request', async () => {
    const request = { userId: 'u1', idempotencyKey: 'k1', context: { adapter: 'auth0', undecided: { proceeded: 3, refused: 1 } } };
    await track(world, request);
    await track(world, request);
    expect(counted()).toEqual([
      { type: 'undecided', adapter: 'auth0', proceeds: true, count: 3 },
      { type: 'undecided', adapter: 'auth0', proceeds: false, count: 1 },
    ]);
  });

  it('is nothing where nothing was', async () => {
    await track(world, { userId: 'u1', context: { adapter: 'auth0' } });
    await track(world, { userId: 'u1', context: { adapter: 'auth0', undecided: { proceeded: 0 } } });
    expect(counted()).toEqual([]);
  });
});
