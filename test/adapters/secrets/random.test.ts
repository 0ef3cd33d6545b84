import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../adapters/secrets/random.ts';

const now = Date.UTC(2027, 0, 4, 10);
const uuidV7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const timeOf = (id: string): number => Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);

describe('random bytes', () => {
  it.each([0, 1, 16, 32, 1023, 1024, 1025, 5000])('are as many as asked for: %i', (length) => {
    expect(createRandom().bytes(length)).toHaveLength(length);
  });

  it('never repeat, also across refills of the pool', () => {
    const random = createRandom();
    const seen = new Set<string>();
    for (let round = 0; round < 5_000; round += 1) seen.add(Buffer.from(random.bytes(16)).toString('hex'));
    expect(seen.size).toBe(5_000);
  });

  it('are not changed by later calls', () => {
    const random = createRandom();
    const first = random.bytes(32);
    const copy = Uint8Array.from(first);
    for (let round = 0; round < 500; round += 1) random.bytes(100);
    expect(first).toEqual(copy);
    expect(first.some((byte) => byte !== 0)).toBe(true);
  });

  it('have every byte about equally often', () => {
    const counts = new Array<number>(256).fill(0);
    const random = createRandom();
    for (let round = 0; round < 4_000; round += 1) {
      for (const byte of random.bytes(64)) counts[byte] = (counts[byte] ?? 0) + 1;
    }
    // 255 degrees of freedom: 380 is exceeded once in a million fair runs.
    expect(counts.reduce((sum, count) => sum + (count - 1_000) ** 2 / 1_000, 0)).toBeLessThan(380);
  });

  it.each([-1, 1.5, Number.NaN])('refuse the length %d', (length) => {
    expect(() => createRandom().bytes(length)).toThrow(TypeError);
  });
});

describe('UUIDv7', () => {
  it('has the time, the version and the variant of RFC 9562', () => {
    const id = createRandom().uuid(now);
    expect(id).toMatch(uuidV7);
    expect(timeOf(id)).toBe(now);
  });

  it('carries all 48 bits of the time', () => {
    const late = 2 ** 48 - 1;
    expect(timeOf(createRandom().uuid(late))).toBe(late);
    expect(timeOf(createRandom().uuid(0))).toBe(0);
  });

  it('ascends within one millisecond, beyond what its counter holds, and over small steps back', () => {
    const random = createRandom();
    const ids: string[] = [];
    for (let round = 0; round < 10_000; round += 1) ids.push(random.uuid(now));
    for (const back of [1, 5, 9_000]) ids.push(random.uuid(now - back));
    ids.push(random.uuid(now + 60_000));
    expect(ids.every((id) => uuidV7.test(id))).toBe(true);
    expect(new Set(ids).size).toBe(ids.length);
    expect([...ids].sort()).toEqual(ids);
  });

  it('follows a clock that was set back for good', () => {
    const random = createRandom();
    random.uuid(now + 86_400_000);
    expect(timeOf(random.uuid(now))).toBe(now);
  });

  it('differs between processes at the same time', () => {
    const ids = Array.from({ length: 1_000 }, () => createRandom().uuid(now));
    expect(new Set(ids.map((id) => id.slice(19))).size).toBe(1_000);
  });

  it.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('refuses the time %d', (time) => {
    expect(() => createRandom().uuid(time)).toThrow(TypeError);
  });
});
