import { Webhook } from '@authsignal/node';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WebhookEventType } from '../../../core/index.ts';
import { startPostgres } from '../../support/postgres.ts';
import { type Receiver, startReceiver } from '../../support/receiver.ts';
import { createWorld, type World } from '../../support/stepward.ts';
import { secondNode, track } from '../../support/use-cases.ts';
import { eventually, startWebhookNode } from '../../support/webhook-nodes.ts';

const postgres = await startPostgres();
afterAll(() => postgres?.stop());
const databases: readonly (readonly [string, () => Promise<string | undefined>])[] = [
  ['SQLite', async () => undefined],
  ...(postgres ? [['PostgreSQL', () => postgres.database()] as const] : []),
];

describe.each(databases)('webhooks that fail, on %s', (_, database) => {
  let world: World;
  let receiver: Receiver;
  const nodes: ReturnType<typeof startWebhookNode>[] = [];
  const receivers: Receiver[] = [];
  const another = async (): Promise<Receiver> => {
    const one = await startReceiver();
    receivers.push(one);
    return one;
  };
  const run = (...args: Parameters<typeof startWebhookNode>) => {
    const node = startWebhookNode(...args);
    nodes.push(node);
    return node;
  };
  beforeEach(async () => {
    const databaseUrl = await database();
    world = await createWorld(databaseUrl === undefined ? {} : { databaseUrl });
    // so that an enrollment is one event
    await world.management.updateTenant('test', { disableRecoveryCodes: true });
    receiver = await another();
  });
  afterEach(async () => {
    for (const one of receivers.splice(0)) await one.close();
    for (const node of nodes.splice(0)) await node.stop();
    await world.end();
  });

  const hook = (events: readonly WebhookEventType[] = ['authenticator.created'], { port } = receiver) =>
    world.management.createWebhook('test', { url: `http://localhost:${port}/in`, events, secret: 'a-secret-of-the-test' });
  /** Somebody enrolls an address: one event. */
  const enroll = (userId: string) =>
    world.stepward.enrollVerified(userId, { verificationMethod: 'EMAIL_OTP', email: `${userId}@example.org` });
  const idsAt = (at = receiver) => at.received.map(({ body }) => String(JSON.parse(body).id));
  const states = async (id: string) => (await world.management.listDeliveries(id, { limit: 500 })).items.map(({ state }) => state);

  it('an event comes signed, in its envelope, without a secret', async () => {
    await hook();
    run(world, world);
    await enroll('ann');
    await receiver.until(1);
    const { body, headers } = receiver.received[0] ?? { body: '', headers: {} };
    const event = new Webhook('a-secret-of-the-test').constructEvent(body, String(Object(headers)['x-signature-v2']), 0);
    expect(event).toMatchObject({ version: 1, type: 'authenticator.created', source: 'http://localhost:8787', tenantId: 'test' });
    expect(event.data).toMatchObject({ userId: 'ann', verificationMethod: 'EMAIL_OTP', email: 'ann@example.org' });
  });

  it('two nodes send each event once', async () => {
    const other = await secondNode(world);
    const { id } = await hook();
    run(world, world);
    run(other, world);
    await Promise.all(Array.from({ length: 40 }, (_, index) => enroll(`user-${index}`)));
    await receiver.until(40);
    await eventually(async () => (await states(id)).every((state) => state === 'delivered'));
    expect([receiver.received.length, new Set(idsAt()).size]).toEqual([40, 40]);
    await nodes.pop()?.stop();
    await other.close();
  });

  it('a node that knows of no webhook yet sends what happened after one was made on another', async () => {
    const other = await secondNode(world);
    await other.policies.current();
    await hook();
    await enroll('ann');
    run(other, world);
    await receiver.until(1);
    await nodes.pop()?.stop();
    await other.close();
  });

  it('500 and then 200: the same event again, later', async () => {
    const { id } = await hook();
    receiver.answer((_, response, count) => response.writeHead(count < 3 ? 500 : 200).end());
    const node = run(world, world);
    await enroll('ann');
    for (const tries of [1, 2]) {
      await eventually(() => node.tried.length === tries);
      expect(node.tried.at(-1)?.result).toMatchObject({ state: 'pending', reason: 'status', status: 500 });
      world.pass(3 * 60_000);
    }
    await eventually(async () => (await states(id))[0] === 'delivered');
    expect(new Set(idsAt()).size).toBe(1);
    expect(receiver.received.map(({ body }) => body)).toEqual(Array(3).fill(receiver.received[0]?.body));
  });

  it('eight tries in a day, then dead; replayed, the same event', async () => {
    const { id } = await hook();
    receiver.answer((_, response) => response.writeHead(503).end());
    const node = run(world, world);
    await enroll('ann');
    for (let tries = 1; tries <= 8; tries++) {
      await eventually(() => node.tried.length === tries);
      world.pass((node.tried.at(-1)?.result.dueAt ?? 0) - world.now());
    }
    expect(await states(id)).toEqual(['dead']);
    world.pass(86_400_000);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(receiver.received.length).toBe(8);
    receiver.answer((_, response) => response.writeHead(204).end());
    expect(await world.management.replayDeadDeliveries('test', id)).toEqual({ replayed: 1 });
    await eventually(async () => (await states(id))[0] === 'delivered');
    expect(new Set(idsAt()).size).toBe(1);
    expect((await world.management.listAudit({ limit: 1 })).items[0]).toMatchObject({
      actor: 'test',
      what: 'webhook.replayed',
      subject: id,
    });
  });

  it('one that never answers holds up neither tracks nor other webhooks', async () => {
    const silent = await another();
    silent.answer(() => undefined);
    const stuck = await hook(['authenticator.created'], silent);
    const { id } = await hook();
    run(world, world);
    await Promise.all(Array.from({ length: 12 }, (_, index) => enroll(`user-${index}`)));
    await receiver.until(12);
    await eventually(async () => (await states(id)).every((state) => state === 'delivered'));
    expect(silent.received.length).toBeLessThanOrEqual(4);
    expect((await states(stuck.id)).filter((state) => state === 'pending').length).toBe(12);
    expect((await track(world, { userId: 'ann' })).state).toBe('CHALLENGE_REQUIRED');
  });

  it('a node that dies between lease and answer: another sends the same event when the lease is over', async () => {
    await hook();
    const dead = run(world, world, { sender: { refusal: () => undefined, send: () => new Promise(() => undefined) } });
    await enroll('ann');
    const { webhookQueue } = world.store;
    const [webhook] = await world.management.listWebhooks();
    const leased = await eventually(async () =>
      (await webhookQueue.list({ webhookId: webhook?.id ?? '', limit: 1 })).find(({ tries }) => tries === 1),
    );
    nodes.splice(nodes.indexOf(dead), 1);
    void dead.stop();
    const heir = run(world, world, { drains: false });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(receiver.received).toEqual([]);
    world.pass(30_000);
    await receiver.until(1);
    expect(idsAt()).toEqual([leased.id]);
    await eventually(() => heir.tried.length === 1);
    expect(heir.tried[0]).toMatchObject({ tries: 2, result: { state: 'delivered' } });
  });

  it('a webhook that was deleted meanwhile: what waited is gone; one that was switched off: dead, to be replayed', async () => {
    receiver.answer((_, response) => response.writeHead(500).end());
    const [deleted, off] = [await hook(), await hook()];
    const node = run(world, world);
    await enroll('ann');
    await eventually(() => node.tried.length === 2);
    await world.management.deleteWebhook('test', deleted.id);
    expect(await world.store.webhookQueue.list({ webhookId: deleted.id, limit: 9 })).toEqual([]);
    await world.management.updateWebhook('test', off.id, { isActive: false });
    world.pass(60_000);
    await eventually(async () => (await states(off.id))[0] === 'dead');
    expect((await world.management.listDeliveries(off.id, { limit: 1 })).items[0]).toMatchObject({ lastReason: 'inactive' });
    expect(receiver.received.length).toBe(2);
    await world.management.updateWebhook('test', off.id, { isActive: true });
    receiver.answer((_, response) => response.writeHead(204).end());
    await world.management.replayDeadDeliveries('test', off.id);
    await receiver.until(3);
  });

  it('without a webhook a track writes one event, as before', async () => {
    await track(world, { userId: 'ann' });
    const events = await world.store.drainOutbox(100, () => ({ ruleDays: [] }));
    expect(events.map(({ type }) => type).toSorted()).toEqual(['action.log_created', 'policy.changed']);
  });
});
