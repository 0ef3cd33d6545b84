import { describe, expect, it } from 'vitest';
import {
  afterTry,
  mostDeliveryTries,
  queuedDeliveries,
  type Webhook,
  type WebhookEventType,
  webhookEvents,
  webhookEventTypes,
} from '../../core/index.ts';
import type { TakenEvent } from '../../core/ports/store.ts';

const settings = { publicUrl: 'https://stepward.example', tenantId: 't' };
const webhook = (id: string, events: readonly WebhookEventType[], isActive = true): readonly [string, Webhook] => [
  id,
  { id, url: 'https://hooks.example/', events, isActive, createdAt: 0 },
];
const set = (...webhooks: readonly (readonly [string, Webhook])[]) => ({ webhooks: new Map(webhooks) });
const tracked = (id: string, state = 'ALLOW'): TakenEvent => ({
  ...{ id, type: 'action.log_created', at: 1_000 },
  data: {
    ...{
      userId: 'u',
      action: 'signIn',
      idempotencyKey: id,
      outcome: 'ALLOW',
      state,
      priorityRuleId: 'r',
      ruleIds: ['r', 's'],
      policyVersion: 3,
    },
    ...{ results: [['r', 'matched']], previews: [], previewWinner: 'p' },
  },
});
const event = (type: string, data: object = { userId: 'u' }, id = type): TakenEvent => ({ id, type, at: 2_000, data: { ...data } });
const bodies = (...deliveries: ReturnType<typeof queuedDeliveries>) => deliveries.map(({ body }) => JSON.parse(body));

describe('what is put up for delivery', () => {
  it('nothing where nobody subscribes, or who subscribes is switched off', () => {
    const events = [tracked('a'), event('policy.changed')];
    expect(queuedDeliveries(events, set(), settings)).toEqual([]);
    expect(queuedDeliveries(events, set(webhook('w', ['review.decided']), webhook('x', ['policy.changed'], false)), settings)).toEqual([]);
  });

  it('one event for each that subscribes, under one id', () => {
    const made = queuedDeliveries(
      [event('policy.changed', { action: 'signIn' })],
      set(webhook('w', ['policy.changed']), webhook('x', ['policy.changed'])),
      settings,
    );
    expect(made.map(({ webhookId, id, type }) => [webhookId, id, type])).toEqual([
      ['w', 'policy.changed', 'policy.changed'],
      ['x', 'policy.changed', 'policy.changed'],
    ]);
    expect(bodies(...made)[0]).toEqual({
      ...{ version: 1, type: 'policy.changed', id: 'policy.changed', source: 'https://stepward.example' },
      ...{ time: '1970-01-01T00:00:02.000Z', tenantId: 't', data: { action: 'signIn' } },
    });
  });

  it('decisions as records in batches of at most 500, with what is public of them', () => {
    const events = Array.from({ length: 501 }, (_, index) => tracked(`e-${index}`));
    const made = queuedDeliveries(events, set(webhook('w', ['action.log_created'])), settings);
    expect(made.map(({ id }) => id)).toEqual(['e-0', 'e-500']);
    const [first, second] = bodies(...made);
    expect([first.data.records.length, second.data.records.length]).toEqual([500, 1]);
    expect(second.data.records[0]).toEqual({
      type: 'ACTION_TRACKED',
      record: {
        ...{ userId: 'u', actionCode: 'signIn', idempotencyKey: 'e-500', outcome: 'ALLOW', state: 'ALLOW', rules: ['r', 's'] },
        ...{ priorityRuleId: 'r', policyVersion: 3, createdAt: '1970-01-01T00:00:01.000Z' },
      },
    });
  });

  it('a track that waits for a person is a review that was created, under an id of its own', () => {
    const wanting = set(webhook('w', ['action.log_created', 'review.created']));
    const made = queuedDeliveries([tracked('a'), tracked('b', 'REVIEW_REQUIRED')], wanting, settings);
    expect(made.map(({ id, type }) => [id, type])).toEqual([
      ['a', 'action.log_created'],
      ['b.review', 'review.created'],
    ]);
    expect(bodies(...made)[1].data).toEqual({
      ...{ userId: 'u', action: 'signIn', idempotencyKey: 'b', outcome: 'ALLOW', state: 'REVIEW_REQUIRED', priorityRuleId: 'r' },
    });
  });

  it('nothing of what is for the log alone, or what is asked synchronously', () => {
    const others = ['authn_login_fail_max', 'user.deleted', 'action.updated', 'email.created', 'constructor', '__proto__'];
    const all = webhook('w', webhookEventTypes);
    expect(
      queuedDeliveries(
        others.map((type) => event(type)),
        set(all),
        settings,
      ),
    ).toEqual([]);
  });

  it('each queued type reaches who subscribes to it', () => {
    for (const type of webhookEventTypes.filter((one) => webhookEvents[one] !== 'synchronous')) {
      const from = type === 'action.log_created' ? tracked('a') : event(type);
      expect([type, queuedDeliveries([from], set(webhook('w', [type])), settings).length]).toEqual([type, 1]);
    }
  });
});

describe('tries', () => {
  const failed = { ok: false, reason: 'status', status: 500 } as const;

  it('are eight within a day, at growing distances, the last one dead', () => {
    for (const random of [0, 128, 255]) {
      let now = 0;
      let before = 0;
      for (let tries = 1; tries < mostDeliveryTries; tries++) {
        const { state, dueAt, reason, status } = afterTry(tries, failed, now, random);
        expect([state, reason, status, dueAt - now > before]).toEqual(['pending', 'status', 500, true]);
        before = dueAt - now;
        now = dueAt;
      }
      expect(now).toBeLessThan(86_400_000);
      expect(afterTry(mostDeliveryTries, failed, now, random)).toMatchObject({ state: 'dead', reason: 'status' });
    }
    expect(mostDeliveryTries).toBe(8);
  });

  it('that failed together come back apart', () => {
    expect(afterTry(1, failed, 0, 0).dueAt).not.toBe(afterTry(1, failed, 0, 255).dueAt);
  });

  it('end with a 2xx', () =>
    expect(afterTry(3, { ok: true, status: 202 }, 5, 0)).toEqual({ state: 'delivered', dueAt: 5, at: 5, status: 202 }));
});
