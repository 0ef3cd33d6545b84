import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { code, type SdkServer, startForSdk } from './sdk-server.ts';

describe('user ids as the SDK sends them: the right user or a JSON 4xx', () => {
  let server: SdkServer;
  beforeAll(async () => {
    server = await startForSdk();
  });
  afterAll(() => server?.stop());
  it.each(['auth0|abc def', 'é', '😀', 'a%2Fb', 'ü+1@example.org', 'a:b~c', 'x'.repeat(255)])('%s', async (userId) => {
    const sent = userId.includes('%') ? encodeURIComponent(userId) : userId;
    await server.authsignal.updateUser({ userId: sent, attributes: { displayName: `is ${userId.slice(0, 20)}` } });
    expect(await server.stepward.getUser(userId)).toMatchObject({ displayName: `is ${userId.slice(0, 20)}` });
    expect(await server.authsignal.getUser({ userId: sent })).toMatchObject({ displayName: `is ${userId.slice(0, 20)}` });
    expect(await server.authsignal.track({ userId: sent, action: 'signIn' })).toMatchObject({ state: 'CHALLENGE_REQUIRED' });
    expect(await server.authsignal.queryUserActions({ userId: sent })).toHaveLength(1);
    await server.authsignal.deleteUser({ userId: sent });
    expect(await server.stepward.queryUserActions(userId, { limit: 1 })).toEqual([]);
  });
  it.each(['%', 'undefined', 'null', 'NaN', '[object Object]', '', 'x'.repeat(256), 'a%00b', 'a%0ab'])(
    '`%s` is refused',
    async (userId) => {
      const [status, errorCode] = await code(server.authsignal.getUser({ userId }));
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
      expect(errorCode).toMatch(/^(invalid_request|not_found)$/);
      expect((await code(server.authsignal.track({ userId, action: 'signIn' })))[0]).toBeLessThan(500);
    },
  );
  it('`..` never reaches another user or the list', async () => {
    const [status] = await code(server.authsignal.getUser({ userId: '..' }));
    expect(status).toBe(404);
    expect((await server.call('GET', '/users/%2e%2e/actions')).status).toBeGreaterThanOrEqual(400);
  });
});
