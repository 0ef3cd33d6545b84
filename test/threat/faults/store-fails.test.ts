import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createHttp } from '../../../adapters/http/index.ts';
import { createStepward, type Stepward, StepwardError } from '../../../core/index.ts';
import type { Store } from '../../../core/ports/store.ts';
import { createWorld, usual, type World } from '../../support/stepward.ts';
import { appCode, ask, begin, elsewhere, enrolled, type Person, refusal } from '../support/people.ts';
import { callerOf } from '../support/server.ts';

const deadline = 300;
const failures = {
  'says that it cannot be had': () => Promise.reject(new StepwardError('unavailable', 'the database cannot be had', { retryAfter: 1 })),
  'rejects with anything': () => Promise.reject(new Error('ECONNRESET at 10.0.0.1:5432, password=hunter2')),
  throws: () => {
    throw new TypeError('undefined is not a function');
  },
  hangs: () => new Promise<never>(() => undefined),
} as const satisfies Record<string, () => Promise<never>>;
type Failure = keyof typeof failures;

/** What the decision point reads and writes on its way; each is broken in turn. */
const methods = [
  'transact',
  'user',
  'instance',
  'locate',
  'record',
  'transactRecord',
  'documentsSince',
  'commitDocuments',
  'revision',
] as const satisfies readonly (keyof Store)[];

let world: World;
let ann: Person;
let broken: Stepward;
let breaks: { readonly method: (typeof methods)[number]; readonly failure: Failure } | undefined;
let server: ReturnType<typeof createServer>;
let call: ReturnType<typeof callerOf>;

beforeAll(async () => {
  world = await createWorld();
  ann = await enrolled(world, 'ann');
  await world.configure('open', { defaultUserActionResult: 'ALLOW' });
  await world.configure('signIn', { defaultUserActionResult: 'CHALLENGE' });
  const store = Object.fromEntries(
    Object.entries(world.store).map(([name, method]) => [
      name,
      (...args: never[]) => (breaks?.method === name ? failures[breaks.failure]() : (method as (...given: never[]) => unknown)(...args)),
    ]),
  ) as unknown as Store;
  const ports = { ...world.ports, store };
  broken = createStepward(ports);
  const { management, policies } = world;
  const http = createHttp({
    stepward: broken,
    management,
    policies,
    store,
    secrets: ports.secrets,
    serverKeys: ['sk_threat_0123456789abcdef'],
    managementKeys: [],
    tenantId: 'test',
    publicUrl: 'http://localhost:8787',
    trustedProxies: [],
    redirectOrigins: [],
    anyLoopbackOrigin: false,
    now: world.now,
    log: () => undefined,
    deadline,
  });
  server = createServer((request, response) => void (http(request, response) || response.writeHead(404).end()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  call = callerOf((server.address() as AddressInfo).port);
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await world.end();
});
beforeEach(() => {
  breaks = undefined;
  world.pass(60_000);
});

const everything = async (): Promise<string> =>
  JSON.stringify([await world.store.user(ann.userId), await world.store.instances({ userId: ann.userId, order: 'newest', limit: 500 })]);

/** Never a proceed within the deadline: a refusal, or no answer at all. */
const withinDeadline = (promise: Promise<unknown>): Promise<string> =>
  Promise.race([refusal(promise), new Promise<string>((resolve) => setTimeout(() => resolve('no answer'), 60))]);

describe.each(Object.keys(failures) as Failure[])('GHSA-8fpg-xm3f-6cx3: a store that %s', (failure) => {
  // fails without: nothing caught between the store and the answer (a default on failure would show here)
  it('never lets anything proceed, and leaves nothing half written', async () => {
    const asked = await ask(world, ann.userId, { binding: 'b' });
    const challengeId = await begin(asked, 'AUTHENTICATOR_APP');
    const open = await ask(world, ann.userId, { action: 'open' });
    const before = await everything();
    for (const method of methods) {
      breaks = { method, failure };
      const browser = elsewhere({ stepward: broken }, asked);
      const ref = { userId: ann.userId, action: 'signIn', idempotencyKey: asked.idempotencyKey };
      const tried: Record<string, Promise<unknown>> = method === 'transact'
        ? {
            track: broken.track({ ...usual, userId: ann.userId, action: 'open' }),
            answer: browser.act(asked.url, { do: 'answer', challengeId, response: appCode(ann.secret, world.now()) }),
            consume: broken.consume({ ...ref, action: 'open', idempotencyKey: open.idempotencyKey }, {}),
            update: broken.updateAction(ref, { state: 'REVIEW_REQUIRED' }),
          }
        : method === 'user' || method === 'instance' || method === 'locate'
          ? { open: browser.open(asked.url), leave: browser.leave(asked.url) }
          : {};
      for (const [what, promise] of Object.entries(tried))
        expect(await withinDeadline(promise), `${what} with ${method}`).not.toBe('proceeded');
      breaks = undefined;
      expect(await everything(), method).toBe(before);
    }
  });

  // fails without: the deadline of the dispatcher; errorAnswer for what is no StepwardError
  it.each(['track', 'consume', 'validate'])('%s over HTTP is an error that tells nothing, in time', async (what) => {
    const { answer } = await world.stepward.track({ ...usual, userId: ann.userId, action: 'open' });
    breaks = { method: 'transact', failure };
    const path =
      {
        track: '/v1/users/ann/actions/open',
        consume: `/v1/users/ann/actions/open/${answer.idempotencyKey}/consume`,
        validate: '/v1/validate',
      }[what] ?? '';
    const reply = await call('POST', path, what === 'validate' ? { token: answer.token } : {});
    const expected = failure === 'hangs' || failure === 'says that it cannot be had' ? [503, 'unavailable'] : [500, 'internal_error'];
    expect([reply.status, reply.body.error]).toEqual(expected);
    if (reply.status === 503) expect(Number(reply.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(reply.text).not.toMatch(/hunter2|ECONNRESET|undefined is not|10\.0\.0\.1|\bat /);
    expect(reply.body).not.toHaveProperty('state');
    expect(reply.body).not.toHaveProperty('consumed');
  });

  it('works again at once when the store does, and readyz is green', async () => {
    breaks = { method: 'transact', failure };
    await withinDeadline(broken.track({ ...usual, userId: ann.userId, action: 'open' }));
    breaks = undefined;
    expect((await call('POST', '/v1/users/ann/actions/open', {})).body.state).toBe('ALLOW');
    expect((await call('GET', '/readyz')).status).toBe(200);
  });
});
