/** node incrementer.ts URL USER TIMES: adds one to a number of a user, several units of work at a time. */
import { randomUUID } from 'node:crypto';
import { createStore } from '../../../adapters/store/create-store.ts';
import { increment } from './builders.ts';

const [url = '', userId = '', times = '0'] = process.argv.slice(2);
const store = await createStore(url, { now: Date.now, uuid: randomUUID, warn: () => undefined });
await store.migrate();
for (let done = 0; done < Number(times); done += 5) await Promise.all(Array.from({ length: 5 }, () => increment(store, userId)));
await store.close();
