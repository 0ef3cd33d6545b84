/**
 * Writes users one after another, several at a time, and tells which writes were acknowledged. It is killed while it does so.
 *
 * node writer.ts URL FIRST
 */
import { randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import { createStore } from '../../../adapters/store/create-store.ts';
import { newUser } from '../../../core/index.ts';

const [url = '', first = '0'] = process.argv.slice(2);
const store = await createStore(url, { now: Date.now, uuid: randomUUID, warn: () => undefined });
await store.migrate();

let next = Number(first);
const client = async (): Promise<void> => {
  for (;;) {
    const number = next++;
    const userId = `user-${number}`;
    await store
      .transact({
        userId,
        load: {},
        run: () => ({
          answer: undefined,
          changes: {
            user: { ...newUser(userId, number), custom: { filler: 'x'.repeat(1_500) } },
            counted: [{ key: 'all', at: 1 }],
            events: [{ type: 'written', at: 1, data: { number } }],
          },
        }),
      })
      // Synchronous: what was said is said, whatever comes next.
      .then(
        () => writeSync(1, `${number}\n`),
        () => undefined,
      );
  }
};
await Promise.all(Array.from({ length: 16 }, client));
