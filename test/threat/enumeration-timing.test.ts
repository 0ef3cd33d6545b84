import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aucOf } from './support/auc.ts';
import { folder, managementKey, type Process, type Reply, settings, startProcess } from './support/server.ts';

const pairs = 2_000;
const people = pairs * 1.1;

describe.skipIf(process.env.STEPWARD_LONG_TESTS !== '1')('I12: times tell nobody whether a user exists', { timeout: 600_000 }, () => {
  const place = folder();
  let server: Process;
  const good = async (promise: Promise<Reply>): Promise<Reply> => {
    const reply = await promise;
    if (reply.status >= 300) throw new Error(`${reply.status} ${reply.text}`);
    return reply;
  };
  const emailOf = (userId: string): string => `${userId}@example.org`;
  const track = (userId: string): Promise<Reply> =>
    good(
      server.call('POST', `/v1/users/${userId}/actions/free`, {
        deviceId: `device-of-${userId}`,
        ipAddress: '203.0.113.9',
        scope: 'add:authenticators',
      }),
    );
  beforeAll(async () => {
    server = await startProcess(
      settings(`sqlite:${place.path}/stepward.db`, {
        STEPWARD_SMTP_URL: 'smtp://127.0.0.1:9',
        // requests of browsers are limited by address
        STEPWARD_TRUSTED_PROXIES: '127.0.0.1',
      }),
    );
    await track('first');
    const free = { defaultUserActionResult: 'ALLOW', verificationMethods: ['AUTHENTICATOR_APP'] };
    await good(server.call('PATCH', '/v1/management/action-configurations/free', free, managementKey));
    for (let nth = 0; nth < people; nth++) await track(`known-${nth}`);
  }, 600_000);
  afterAll(async () => {
    await server?.end('SIGKILL');
    place.remove();
  });

  /** Each is asked about once: a known person by number, and somebody nobody has heard of. */
  let strangers = 0;
  const expectAlike = async (request: (userId: string, nth: number) => Promise<unknown>): Promise<void> => {
    let [left, right] = [0, 0];
    const auc = await aucOf(
      () => request(`known-${left}`, left++),
      () => request(`strange-${strangers++}`, right++),
      pairs,
    );
    expect(auc).toBeGreaterThan(0.45);
    expect(auc).toBeLessThan(0.55);
  };

  it.each(['', '/authenticators', '/actions?codes=other', '/actions/free/absent'])('of a read of `users/{userId}%s`', (path) =>
    expectAlike((userId) => server.call('GET', `/v1/users/${userId}${path}`)),
  );

  it('of the start of a challenge by address', async () => {
    for (let nth = 0; nth < people; nth++)
      await good(server.call('PATCH', `/v1/users/known-${nth}`, { email: emailOf(`known-${nth}`), emailVerified: true }));
    await expectAlike((userId) => good(server.call('POST', '/v1/challenge', { email: emailOf(userId), verificationMethod: 'EMAIL_OTP' })));
  });

  it('of the start of an enrollment', async () => {
    const tokens = new Map<string, string>();
    const from = strangers;
    for (let nth = 0; nth < people; nth++)
      for (const userId of [`known-${nth}`, `strange-${from + nth}`]) tokens.set(userId, String((await track(userId)).body.token));
    await expectAlike((userId, nth) =>
      good(
        server.call('POST', '/v1/client/user-authenticators/totp', {}, '', {
          authorization: `Bearer ${tokens.get(userId)}`,
          'x-forwarded-for': `203.0.${nth >> 7}.${nth & 127}`,
        }),
      ),
    );
  });

  it('of a track', () => expectAlike(track));
});
