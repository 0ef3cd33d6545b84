import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { type SteadyClock, steadyClock } from '../../../adapters/server/steady-clock.ts';

describe('the clock of the process', () => {
  const start = Date.UTC(2026, 0, 1);
  let wall = start;
  let elapsed = 0;
  let clock: SteadyClock;
  const pass = (ms: number): void => {
    wall += ms;
    elapsed += ms;
  };
  beforeEach(() => {
    wall = start;
    elapsed = 0;
    clock = steadyClock(
      () => wall,
      () => elapsed,
    );
  });

  it("follows the machine's, forward steps too", () => {
    pass(10);
    expect(clock.now()).toBe(start + 10);
    wall += 3_600_000;
    expect(clock.now()).toBe(start + 3_600_010);
    expect(clock.aheadBySeconds()).toBe(0);
  });

  it('stands still through a small step back, and then agrees again', () => {
    pass(5_000);
    clock.now();
    wall -= 1_500;
    expect(clock.now()).toBe(start + 5_000);
    pass(1_000);
    expect(clock.now()).toBe(start + 5_000);
    pass(1_000);
    expect(clock.now()).toBe(start + 5_500);
  });

  it('goes on where it was through a large step back, and says by how much it is ahead', () => {
    pass(5_000);
    clock.now();
    wall -= 3_600_000;
    pass(60_000);
    expect(clock.now()).toBe(start + 65_000);
    expect(clock.aheadBySeconds()).toBe(3_600);
    wall += 3_600_000;
    expect(clock.now()).toBe(start + 65_000);
    expect(clock.aheadBySeconds()).toBe(0);
  });

  it('never goes back and never falls behind the machine', () => {
    const step = fc.record({ jump: fc.integer({ min: -90_000_000, max: 90_000_000 }), ms: fc.integer({ min: 0, max: 5_000 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        let before = clock.now();
        for (const { jump, ms } of steps) {
          wall += jump;
          pass(ms);
          const now = clock.now();
          expect(now).toBeGreaterThanOrEqual(before);
          expect(now).toBeGreaterThanOrEqual(wall);
          before = now;
        }
      }),
    );
  });
});
