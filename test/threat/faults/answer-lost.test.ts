import { Authsignal } from '@authsignal/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSmtp } from '../../support/smtp.ts';
import { folder, type Process, serverKey, settings, startProcess } from '../support/server.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

describe('the connection is cut after track has committed, and the SDK asks again by itself', () => {
  const place = folder();
  let smtp: Awaited<ReturnType<typeof startSmtp>>;
  let server: Process;
  let way: TcpProxy;
  let authsignal: Authsignal;
  beforeAll(async () => {
    smtp = await startSmtp();
    server = await startProcess(settings(`sqlite:${place.path}/stepward.db`, { STEPWARD_SMTP_URL: smtp.url }));
    way = await startTcpProxy(server.port);
    authsignal = new Authsignal({ apiSecretKey: serverKey, apiUrl: `http://127.0.0.1:${way.port}/v1` });
  });
  afterAll(async () => {
    await way?.close();
    await server?.end('SIGKILL');
    await smtp?.stop();
    place.remove();
  });

  type Item = { readonly idempotencyKey: string };
  const stored = async (userId: string): Promise<readonly Item[]> =>
    JSON.parse((await server.call('GET', `/v1/users/${userId}/actions`)).text);

  const cut = async (userId: string, idempotencyKey?: string) => {
    way.set('mute');
    const attributes = { email: `${userId}@example.org`, emailVerified: true, ...(idempotencyKey && { idempotencyKey }) };
    const tracked = authsignal.track({ userId, action: 'signIn', attributes });
    await expect.poll(async () => (await stored(userId)).length, { timeout: 20_000 }).toBe(1);
    const [first] = await stored(userId);
    way.set('reset');
    way.set('open');
    return { first, answer: await tracked };
  };

  it('with a key it hears the first answer', async () => {
    const { first, answer } = await cut('ann', 'key-of-this-login');
    expect(first?.idempotencyKey).toBe('key-of-this-login');
    expect(answer).toMatchObject({ idempotencyKey: 'key-of-this-login', state: 'CHALLENGE_REQUIRED' });
    expect(await stored('ann')).toHaveLength(1);
  });

  it('without one there is a second instance, the first is never used, and nothing was sent', async () => {
    const { first, answer } = await cut('bob');
    expect(answer.state).toBe('CHALLENGE_REQUIRED');
    expect(answer.idempotencyKey).not.toBe(first?.idempotencyKey);
    expect((await stored('bob')).map(({ idempotencyKey }) => idempotencyKey)).toEqual([answer.idempotencyKey, first?.idempotencyKey]);
    expect(smtp.messages).toEqual([]);
  });
});
