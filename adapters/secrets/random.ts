import { randomFillSync } from 'node:crypto';
import type { Random } from '../../core/ports/random.ts';

const poolBytes = 4096;
const counterLimit = 0x1000;
/** A clock that steps back by less than this keeps the order of ids; by more, the ids follow the clock. */
const toleratedStepBack = 10_000;
const hexPairs: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/**
 * Creates the random port over node:crypto: bytes from a pool that is wiped as it is handed out, and UUIDv7 whose ids of one
 * process ascend (RFC 9562 §6.2, method 1: a counter in `rand_a`).
 *
 * @example
 * const random = createRandom();
 * random.bytes(16).length; // 16
 */
export const createRandom = (): Random => {
  const pool = Buffer.alloc(poolBytes);
  let used = poolBytes;

  const reserve = (length: number): number => {
    if (used + length > poolBytes) {
      randomFillSync(pool);
      used = 0;
    }
    const at = used;
    used += length;
    return at;
  };

  const bytes = (length: number): Uint8Array => {
    if (!Number.isInteger(length) || length < 0) throw new TypeError(`length must be a whole number of bytes, got \`${length}\``);
    if (length > poolBytes / 4) return new Uint8Array(randomFillSync(new Uint8Array(length)));
    const at = reserve(length);
    const taken = new Uint8Array(pool.subarray(at, at + length));
    pool.fill(0, at, at + length);
    return taken;
  };

  let lastTime = -1;
  let counter = 0;

  const uuid = (now: number): string => {
    if (!Number.isSafeInteger(now) || now < 0) throw new TypeError(`now must be milliseconds since the epoch, got \`${now}\``);
    const at = reserve(10);
    if (now > lastTime || now < lastTime - toleratedStepBack) {
      lastTime = now;
      // The top bit starts clear, so that at least 2,048 ids fit into each millisecond.
      counter = pool.readUInt16BE(at) & 0x7ff;
    } else {
      counter += 1;
      if (counter === counterLimit) {
        lastTime += 1;
        counter = 0;
      }
    }
    const high = Math.floor(lastTime / 0x1_0000_0000);
    const low = lastTime >>> 0;
    const pair = (byte: number) => hexPairs[byte & 0xff];
    const random = (offset: number) => hexPairs[pool[at + offset] ?? 0];
    const id =
      `${pair(high >>> 8)}${pair(high)}${pair(low >>> 24)}${pair(low >>> 16)}-${pair(low >>> 8)}${pair(low)}-` +
      `${pair(0x70 | (counter >>> 8))}${pair(counter)}-${pair(0x80 | ((pool[at + 2] ?? 0) & 0x3f))}${random(3)}-` +
      `${random(4)}${random(5)}${random(6)}${random(7)}${random(8)}${random(9)}`;
    pool.fill(0, at, at + 10);
    return id;
  };

  return { bytes, uuid };
};
