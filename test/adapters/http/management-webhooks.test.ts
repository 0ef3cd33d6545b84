import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Running, running } from './running.ts';

let server: Running;
beforeAll(async () => {
  server = await running();
});
afterAll(() => server.stop());

const hook = { url: 'https://hooks.example/in', events: ['review.created', 'review.created'] };
const make = async (more: object = {}) => (await server.manage('POST', '/webhooks', { ...hook, ...more })).body;

describe('webhooks of the management API', () => {
  it('a secret that was made is shown once, one that was given never', async () => {
    const made = await make();
    expect(made).toMatchObject({ url: hook.url, events: ['review.created'], isActive: true, signedWith: 'secret' });
    expect(made.secret).toMatch(/^whsec_[A-Za-z0-9_-]{43}$/);
    const given = await make({ secret: 'a-secret-of-my-own' });
    expect(given).not.toHaveProperty('secret');
    for (const { id } of [made, given]) {
      const { body, text } = await server.manage('GET', `/webhooks/${id}`);
      expect([body.signedWith, text.includes('whsec_'), text.includes('sealed'), text.includes('of-my-own')]).toEqual([
        'secret',
        false,
        false,
        false,
      ]);
    }
    const list = await server.manage('GET', '/webhooks');
    expect([list.body.length, list.text.includes('ecret":')]).toEqual([2, false]);
    const audit = (await server.manage('GET', '/audit')).text;
    expect([audit.includes('webhook.created'), audit.includes(String(made.secret)), audit.includes('sealed')]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('it is kept sealed', async () => {
    const { id, secret } = await make();
    const { documents } = await server.store.documentsSince(0);
    const kept = documents.find((one) => one.kind === 'webhook' && one.id === id);
    expect(JSON.stringify(kept?.body)).toContain('sealedSecret');
    expect(JSON.stringify(documents)).not.toContain(secret);
  });

  it('changes what is named and audits it', async () => {
    const { id } = await make();
    const patch = async (body: object) => (await server.manage('PATCH', `/webhooks/${id}`, body)).body;
    expect(await patch({ isActive: false })).toMatchObject({ isActive: false, url: hook.url, signedWith: 'secret' });
    expect(await patch({ isActive: null })).toMatchObject({ isActive: true });
    expect(await patch({ secret: null })).toMatchObject({ signedWith: 'server-keys' });
    expect(await patch({ events: ['policy.changed'] })).toMatchObject({ events: ['policy.changed'], signedWith: 'server-keys' });
    expect(await patch({ secret: 'another-secret-of-mine' })).toMatchObject({ signedWith: 'secret' });
    const { body } = await server.manage('GET', `/audit?subject=${id}`);
    expect(body.map(({ what }) => what)).toEqual([...Array(5).fill('webhook.updated'), 'webhook.created']);
    expect(JSON.stringify(body)).not.toContain('another-secret');
  });

  it.each([
    [{ url: 'http://hooks.example/' }],
    [{ url: 'https://127.0.0.1/' }],
    [{ url: 'https://u:p@hooks.example/' }],
    [{ url: 'nonsense' }],
    [{ url: '' }],
    [{ events: [] }],
    [{ events: ['email.created', 'unheard.of'] }],
    [{ secret: 'short' }],
    [{ secret: 'with blanks in it, which none has' }],
    [{ isActive: 'yes' }],
  ])('%j is refused, on a new one and on one that is there', async (change) => {
    const { id } = await make();
    for (const answer of [
      await server.manage('POST', '/webhooks', { ...hook, ...change }),
      await server.manage('PATCH', `/webhooks/${id}`, change),
    ])
      expect([answer.status, ['invalid_request', 'invalid_configuration'].includes(String(answer.body.error))]).toEqual([400, true]);
    expect((await server.manage('GET', `/webhooks/${id}`)).body).toMatchObject({ url: hook.url, events: ['review.created'] });
  });

  it('a message is sent by one active webhook', async () => {
    const first = await make({ events: ['email.created'] });
    expect((await server.manage('POST', '/webhooks', { ...hook, events: ['email.created'] })).body.error).toBe('invalid_configuration');
    const second = await make({ events: ['email.created'], isActive: false });
    expect((await server.manage('PATCH', `/webhooks/${second.id}`, { isActive: true })).status).toBe(400);
    await server.manage('PATCH', `/webhooks/${first.id}`, { isActive: false });
    expect((await server.manage('PATCH', `/webhooks/${second.id}`, { isActive: true })).status).toBe(200);
  });

  it('one that is gone is not found', async () => {
    const { id } = await make();
    expect((await server.manage('DELETE', `/webhooks/${id}`)).status).toBe(200);
    for (const [method, path] of [
      ['GET', ''],
      ['PATCH', ''],
      ['DELETE', ''],
      ['POST', '/test'],
    ] as const)
      expect([method, (await server.manage(method, `/webhooks/${id}${path}`, method === 'PATCH' ? {} : undefined)).body.error]).toEqual([
        method,
        'not_found',
      ]);
  });

  it('there are fifty at most', async () => {
    for (let count = (await server.manage('GET', '/webhooks')).body.length; count < 50; count++) await make();
    expect((await server.manage('POST', '/webhooks', hook)).body.error).toBe('invalid_configuration');
  });
});
