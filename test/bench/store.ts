/**
 * What one typical `track` costs the store, its share of the commit included.
 *
 * node test/bench/store.ts [sqlite:PATH | postgres://…] [instances stored before: 0] [seconds: 4] [concurrent: 32]
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createStore } from '../../adapters/store/create-store.ts';
import { type Instance, newUser, type User } from '../../core/index.ts';
import type { Store, Work } from '../../core/ports/store.ts';

const [url, stored = '0', seconds = '4', concurrent = '32'] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'stepward-bench-'));
const users = Math.max(1_000, Math.floor(Number(stored) / 5));
const hour = 3_600_000;

const hash = () => randomBytes(32).toString('base64url');
const instance = (userId: string, at: number): Instance => ({
  instanceId: randomUUID(),
  userId,
  action: 'signIn',
  idempotencyKey: randomUUID(),
  epoch: 1,
  state: 'ALLOW',
  firstState: 'ALLOW',
  stateUpdatedAt: at,
  createdAt: at,
  expiresAt: at + hour,
  outcome: 'ALLOW',
  requestHash: hash(),
  decision: {
    outcome: 'ALLOW',
    decidedBy: 'default',
    ruleIds: [],
    recommendation: { outcome: 'ALLOW', score: 3.4, level: 'low', reasons: [], contributions: [] },
    policyVersion: 3,
    decidedAt: at,
    trace: 'n0n0n1n0n0',
    signals: {
      names: Array.from({ length: 24 }, (_, index) => `family.signal${index}`).join(' '),
      values: Array.from({ length: 24 }, () => 'plausible'),
      causes: '',
    },
    previewMatches: [],
    degraded: [],
    ignored: [],
    versions: { lists: {}, data: [], risk: 'v1' },
  },
  permittedMethods: ['PASSKEY', 'AUTHENTICATOR_APP', 'EMAIL_OTP'],
  canEnroll: false,
  enrolledMethods: ['PASSKEY'],
  failurePolicy: 'deny',
  usedRisk: false,
  scope: 'read:authenticators',
  displayHash: '',
  ipAddress: '203.0.113.9',
  userAgent: 'Mozilla/5.0 (X11; Linux x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
  bindingHash: hash(),

  visit: {},
  ceremonies: [],
  ceremoniesStarted: 0,
  timeline: [{ at, event: 'tracked' }],
});

const tracked = (user: User, at: number): User => ({
  ...user,
  tracks: { signIn: [...(user.tracks.signIn ?? []), at].slice(-20) },
  history: { ...user.history, successes: user.history.successes + 1, times: [...user.history.times, at].slice(-20) },
});

let clock = Date.now() - 30 * 24 * hour;

const track = (): Work<string> => {
  clock += 1;
  const now = clock;
  const userId = `user-${Math.floor(Math.random() * users)}`;
  const fresh = instance(userId, now);
  const address = `a:${Math.floor(Math.random() * users)}`;
  const since = [now - 60_000, now - hour, now - 24 * hour];
  return {
    userId,
    load: {
      instance: fresh,
      counts: [
        { key: `${address}:tracks:signIn`, since },
        { key: `d:${userId}:tracks:signIn`, since },
      ],
      distinct: [
        { key: `${address}:users`, since: now - hour, except: userId },
        { key: `${address}:devices`, since: now - hour, except: userId },
      ],
    },
    run: ({ user }) => ({
      answer: fresh.state,
      changes: {
        user: tracked(user ?? newUser(userId, now), now),
        instances: [fresh],
        counted: [
          { key: `${address}:tracks:signIn`, at: now },
          { key: `d:${userId}:tracks:signIn`, at: now },
        ],
        seen: [
          { key: `${address}:users`, subject: userId, at: now },
          { key: `${address}:devices`, subject: userId, at: now },
        ],
        events: [{ type: 'decision', at: now, data: { userId, action: 'signIn', outcome: 'ALLOW' } }],
      },
    }),
  };
};

const loop = async (store: Store, until: () => boolean): Promise<number> => {
  let done = 0;
  const client = async () => {
    while (!until()) {
      await store.transact(track());
      done++;
    }
  };
  await Promise.all(Array.from({ length: Number(concurrent) }, client));
  return done;
};

const store = await createStore(url || `sqlite:${join(folder, 'bench.db')}`, {
  now: Date.now,
  uuid: randomUUID,
  warn: (message, cause) => console.warn(message, cause),
});
await store.migrate();
let filled = 0;
await loop(store, () => filled++ >= Number(stored));
await store.drainOutbox(1, () => ({ ruleDays: [] }));
const began = process.hrtime.bigint();
const cpu = process.cpuUsage();
const end = Date.now() + Number(seconds) * 1_000;
const done = await loop(store, () => Date.now() >= end);
const micros = Number(process.hrtime.bigint() - began) / 1_000;
const { user, system } = process.cpuUsage(cpu);
console.log(
  `${Math.round((done / micros) * 1e6)} tracks/s, ${(micros / done).toFixed(1)} µs each (${((user + system) / done).toFixed(1)} µs of processor), after ${stored}`,
);
await store.close();
rmSync(folder, { recursive: true });
