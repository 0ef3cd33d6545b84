import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Composed } from '../../adapters/server/compose.ts';
import { claimsIn, sessionsOf } from '../support/sessions.ts';
import type { World } from '../support/stepward.ts';
import { createDatabases, type Nodes, secondNode, storeNames } from './support/nodes.ts';
import { refusal } from './support/people.ts';

const databases = createDatabases();
afterAll(() => databases.stop());
const times = 100;

describe.each(storeNames)('sessions over two nodes on %s', (name) => {
  let opened: Nodes | undefined;
  let world: World;
  let nodes: readonly [Composed, Composed];
  let people: Awaited<ReturnType<typeof sessionsOf>>;
  beforeAll(async () => {
    opened = await databases.nodes(name);
    if (!opened) return;
    ({ world, nodes } = opened);
    people = await sessionsOf(world);
  });
  afterAll(() => opened?.end());
  beforeEach((context) => {
    if (!opened) context.skip(`skipped: no ${name} here`);
  });

  const at = (nth: number): Composed => nodes[nth % 2 ? 1 : 0];
  const everywhere = <T>(ask: (node: Composed, nth: number) => Promise<T>): Promise<PromiseSettledResult<T>[]> =>
    Promise.allSettled(Array.from({ length: times }, (_, nth) => ask(at(nth), nth)));
  const answered = <T>(results: readonly PromiseSettledResult<T>[]): T[] =>
    results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const refusals = (results: readonly PromiseSettledResult<unknown>[]) =>
    new Set(results.flatMap((result) => (result.status === 'rejected' ? [result.reason.code] : [])));
  const isDead = async (accessToken: string) =>
    expect(await Promise.all(nodes.map((node) => refusal(node.stepward.validateSession({ accessToken }))))).toEqual([
      'invalid_token',
      'invalid_token',
    ]);

  // fails without: `consumedAt` looked at under the lock of the user
  it(`one proof opens one session, of ${times} at once`, async () => {
    const { token, proof } = await people.passed(await people.person());
    const results = await everywhere((node, nth) => node.stepward.createSession({ clientId: 'web', token: nth % 3 ? token : proof }));
    expect(answered(results)).toHaveLength(1);
    expect(refusals(results)).toEqual(new Set(['invalid_token']));
  });

  it(`one proof has one use, of ${times} at once by session, validate and consume`, async () => {
    const { token, ref } = await people.passed(await people.person());
    const uses = [
      (node: Composed) => node.stepward.createSession({ clientId: 'web', token }),
      (node: Composed, nth: number) => node.stepward.consume(ref, { token, consumeKey: `k-${nth}` }),
      async (node: Composed, nth: number) => {
        const { isValid, error } = await node.stepward.validate({ token, ...(nth % 4 && { userId: ref.userId }) });
        if (!isValid) throw Object.assign(new Error(error), { code: error });
        return nth % 4 ? 'validated-as' : 'validated';
      },
    ] as const;
    const results = await everywhere<unknown>((node, nth) => (uses[nth % 3] ?? uses[0])(node, nth));
    // the same validate repeats its answer for ten seconds: that is one use
    expect(new Set(answered(results)).size).toBe(1);
  });

  // fails without: the hash compared under the lock of the record
  it(`one refresh token shown ${times} times at once: one new token, one family`, async () => {
    const { refreshToken } = await people.opened();
    const results = answered(await everywhere((node) => node.stepward.refreshSession({ refreshToken })));
    expect(results).toHaveLength(times);
    expect(new Set(results.map((pair) => pair.refreshToken)).size).toBe(1);
    const next = results[0]?.refreshToken ?? '';
    const { accessToken } = await nodes[1].stepward.refreshSession({ refreshToken: next });
    await nodes[0].stepward.validateSession({ accessToken });
  });

  it('a refresh token that comes back later ends the family, on both nodes', async () => {
    const { refreshToken } = await people.opened();
    const stolen = await nodes[0].stepward.refreshSession({ refreshToken });
    world.pass(10_000);
    expect(await refusal(nodes[1].stepward.refreshSession({ refreshToken }))).toBe('invalid_token');
    await isDead(stolen.accessToken);
    expect(await refusal(nodes[0].stepward.refreshSession(stolen))).toBe('invalid_token');
  });

  it('what is revoked on one node is dead on the other at once', async () => {
    const one = await people.opened();
    await nodes[1].stepward.validateSession(one);
    await nodes[0].stepward.revokeSession(one);
    await isDead(one.accessToken);
    const two = await people.opened();
    await nodes[1].stepward.revokeUserSessions(two);
    await isDead(two.accessToken);
    await world.management.createAppClient('test', { clientId: 'removed' });
    const three = await people.opened(undefined, 'removed');
    await nodes[1].management.deleteAppClient('test', 'removed', undefined);
    await isDead(three.accessToken);
  });

  it('a revocation that races a refresh leaves nothing that lives', async () => {
    const { userId, refreshToken } = await people.opened();
    const [, results] = await Promise.all([
      nodes[0].stepward.revokeUserSessions({ userId }),
      everywhere((node) => node.stepward.refreshSession({ refreshToken })),
    ]);
    for (const { accessToken } of answered(results).slice(0, 5)) await isDead(accessToken);
    expect(await refusal(nodes[1].stepward.refreshSession({ refreshToken }))).toBe('invalid_token');
  });

  it('outlive a restart, and not the restore of a backup', async () => {
    const { accessToken, refreshToken, userId } = await people.opened();
    const restarted = await secondNode(world);
    await restarted.stepward.validateSession({ accessToken });
    // as `stepward restored` does; the other nodes are told nothing
    await world.policies.change(({ epoch }) => ({ answer: undefined, put: [{ kind: 'epoch', id: 'epoch', body: { epoch: epoch + 1 } }] }));
    for (const node of [...nodes, restarted]) {
      expect(await refusal(node.stepward.validateSession({ accessToken }))).toBe('invalid_token');
      expect(await refusal(node.stepward.refreshSession({ refreshToken }))).toBe('invalid_token');
      expect(await refusal(node.stepward.revokeSession({ accessToken }))).toBe('invalid_token');
    }
    expect(claimsIn((await people.opened(userId)).accessToken).epoch).toBe(Number(claimsIn(accessToken).epoch) + 1);
    await restarted.close();
  });
});
