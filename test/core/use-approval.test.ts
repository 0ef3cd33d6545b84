import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Composed } from '../../adapters/server/compose.ts';
import type { TrackRequest } from '../../core/index.ts';
import { createWorld, type World } from '../support/stepward.ts';
import { refOf, refusalOf, secondNode, track } from '../support/use-cases.ts';

describe('an approved review meets one later REVIEW of the same thing', () => {
  let world: World;
  let other: Composed;
  let count = 0;
  beforeAll(async () => {
    world = await createWorld();
    other = await secondNode(world);
    await world.policies.change(() => ({
      answer: undefined,
      put: [
        { kind: 'data-point', id: 'p1', body: { id: 'p1', name: 'amount', dataType: 'number', modelType: 'action', createdAt: 0 } },
        {
          kind: 'data-point',
          id: 'p2',
          body: { id: 'p2', name: 'accountAge', dataType: 'number', modelType: 'action', volatile: true, createdAt: 0 },
        },
      ],
    }));
    await world.configure('pay', { defaultUserActionResult: 'ALLOW' }, [
      { ruleId: 'vip', type: 'REVIEW', conditions: { '==': [{ var: 'request.clientId' }, 'vip'] } },
      { ruleId: 'any', type: 'REVIEW' },
    ]);
  });
  afterAll(async () => {
    await other.close();
    await world.end();
  });
  const display = (minor: number) => [{ label: 'Amount', type: 'money' as const, value: { minor, currency: 'EUR' } }];
  const request = {
    action: 'pay',
    custom: { amount: 100, accountAge: 5 },
    display: display(100),
    deviceId: '3f0b6f0f-9e5c-4b62-9a2b-3b7b6f1d2a01',
  };
  const approved = async (about: Partial<TrackRequest> = {}) => {
    count += 1;
    const userId = `payer-${count}`;
    const answer = await track(world, { userId, ...request, ...about });
    expect(answer.state).toBe('REVIEW_REQUIRED');
    const ref = refOf(userId, answer, 'pay');
    await world.stepward.updateAction(ref, { state: 'REVIEW_SUCCEEDED' });
    return { userId, ref };
  };
  const again = async (userId: string, about: Partial<TrackRequest> = {}) => track(world, { userId, ...request, ...about });

  it('which begins as ALLOW, by review, its outcome still REVIEW; the approval is spent', async () => {
    const { userId, ref } = await approved();
    const met = await again(userId);
    expect(met).toMatchObject({ state: 'ALLOW', outcome: 'REVIEW', decidedBy: 'review' });
    expect(await refusalOf(world.stepward.consume(ref, {}))).toMatchObject({ code: 'already_consumed' });
    expect(await world.stepward.consume(refOf(userId, met, 'pay'), {})).toMatchObject({ consumed: true });
    expect(await again(userId)).toMatchObject({ state: 'REVIEW_REQUIRED' });
  });
  it('and the reverse: consumed, it meets nothing', async () => {
    const { userId, ref } = await approved();
    await world.stepward.consume(ref, {});
    expect(await again(userId)).toMatchObject({ state: 'REVIEW_REQUIRED' });
  });
  it('one of 20 at once on two nodes', async () => {
    const { userId } = await approved();
    const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => track(index % 2 ? other : world, { userId, ...request })));
    expect(answers.filter(({ state }) => state === 'ALLOW')).toHaveLength(1);
  });
  it.each<[string, Partial<TrackRequest>]>([
    ['`custom`', { custom: { amount: 101, accountAge: 5 } }],
    ['`display`', { display: display(101) }],
    ['no `display`', { display: undefined }],
    ['device', { deviceId: '3f0b6f0f-9e5c-4b62-9a2b-3b7b6f1d2a02' }],
    ['no device', { deviceId: undefined }],
    ['deciding rule', { context: { clientId: 'vip' } }],
  ])('not one of another %s', async (_, change) => {
    const { userId } = await approved();
    expect(await again(userId, change)).toMatchObject({ state: 'REVIEW_REQUIRED' });
    expect(await again(userId)).toMatchObject({ state: 'ALLOW' });
  });
  it('a volatile data point makes no difference, nor the order of `custom`', async () => {
    const { userId } = await approved();
    expect(await again(userId, { custom: { accountAge: 6, amount: 100 } })).toMatchObject({ state: 'ALLOW' });
  });
  it('not another user or action', async () => {
    const { userId } = await approved();
    await world.configure('pay-2', { defaultUserActionResult: 'REVIEW' });
    expect(await again('somebody-else')).toMatchObject({ state: 'REVIEW_REQUIRED' });
    expect(await again(userId, { action: 'pay-2' })).toMatchObject({ state: 'REVIEW_REQUIRED' });
  });
  it('not after `reviewValidFor` of the approval', async () => {
    const { userId } = await approved();
    world.pass(259_199_999);
    const { userId: later } = await approved();
    world.pass(1);
    expect(await again(userId)).toMatchObject({ state: 'REVIEW_REQUIRED' });
    expect(await again(later)).toMatchObject({ state: 'ALLOW' });
  });
  it('not once it was blocked', async () => {
    const { userId, ref } = await approved();
    await world.stepward.updateAction(ref, { state: 'BLOCK' });
    expect(await again(userId)).toMatchObject({ state: 'REVIEW_REQUIRED' });
  });

  describe('where neither side has a device, the surroundings must be the same', () => {
    const ua = (version: number) =>
      `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${version}.0.0.0 Safari/537.36`;
    const here = { deviceId: undefined, ipAddress: '203.0.113.9', userAgent: ua(140) };
    it.each<[string, Partial<TrackRequest>, string]>([
      ['same /24 and agent family', { ipAddress: '203.0.113.200', userAgent: ua(141) }, 'ALLOW'],
      ['another /24', { ipAddress: '203.0.114.9' }, 'REVIEW_REQUIRED'],
      ['another agent family', { userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' }, 'REVIEW_REQUIRED'],
      ['no address', { ipAddress: undefined }, 'REVIEW_REQUIRED'],
      ['no agent', { userAgent: undefined }, 'REVIEW_REQUIRED'],
    ])('%s', async (_, change, state) => {
      const { userId } = await approved(here);
      expect(await again(userId, { ...here, ...change })).toMatchObject({ state });
    });
    it('IPv6: the same /48', async () => {
      const { userId } = await approved({ ...here, ipAddress: '2001:db8:1:2::1' });
      expect(await again(userId, { ...here, ipAddress: '2001:db8:2:2::1' })).toMatchObject({ state: 'REVIEW_REQUIRED' });
      expect(await again(userId, { ...here, ipAddress: '2001:db8:1:3::9' })).toMatchObject({ state: 'ALLOW' });
    });
    it('two sides that both say nothing are not the same', async () => {
      const nothing = { deviceId: undefined, ipAddress: undefined, userAgent: undefined };
      const { userId } = await approved(nothing);
      expect(await again(userId, nothing)).toMatchObject({ state: 'REVIEW_REQUIRED' });
    });
  });
});
