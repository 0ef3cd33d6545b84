import { handleAuth0ContinuePostLogin, handleAuth0ExecutePostLogin } from '@authsignal/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBrowser } from '../support/stepward.ts';
import { type SdkServer, startForSdk } from './sdk-server.ts';

const action = 'auth0-login';

describe('the Auth0 handler of the unpatched SDK', () => {
  let server: SdkServer;
  beforeAll(async () => {
    server = await startForSdk();
    await server.authsignal.track({ userId: 'first', action });
  });
  afterAll(() => server?.stop());

  /** What Auth0 hands the handler, and what the handler did with it. */
  const login = (userId: string, token?: string) => {
    const did: [string, string][] = [];
    const note = (name: string) => (text: string) => void did.push([name, text]);
    const event = {
      secrets: { AUTHSIGNAL_SECRET: server.serverKey },
      user: { user_id: userId, email: `${userId}@example.org` },
      request: {
        hostname: 'localhost',
        ip: '203.0.113.9',
        user_agent: 'Mozilla/5.0 Chrome/140.0.0.0',
        query: token === undefined ? {} : { token },
      },
      authentication: { methods: [] },
      transaction: { protocol: 'oidc-basic-profile' },
    };
    const api = {
      redirect: { sendUserTo: note('redirect') },
      access: { deny: note('deny') },
      authentication: { recordMethod: note('record') },
    };
    return { did, event, api };
  };
  const options = () => ({ apiUrl: server.url, action, redirectUrl: 'http://localhost:3000/continue' });
  const begin = async (userId: string, more: { readonly forceEnrollment?: boolean } = {}): Promise<string> => {
    const { did, event, api } = login(userId);
    await handleAuth0ExecutePostLogin(event, api, { ...options(), ...more });
    expect(did.map(([name]) => name)).toEqual(['redirect']);
    return did[0]?.[1] ?? '';
  };
  const goOn = async (userId: string, token: string, as: { readonly action?: string } = {}) => {
    const { did, event, api } = login(userId, token);
    await handleAuth0ContinuePostLogin(event, api, { ...options(), ...as });
    return did.map(([name]) => name);
  };
  const enrolled = async (userId: string) => {
    await server.stepward.enrollVerified(userId, { verificationMethod: 'EMAIL_OTP', email: `${userId}@example.org` });
    server.pass(60_000);
  };
  const pass = async (userId: string): Promise<string> => {
    const url = `${await begin(userId)}&state=auth0-state`;
    const browser = createBrowser({ stepward: server.stepward });
    await browser.open(url);
    const { view } = await browser.act(url, { do: 'choose', method: 'EMAIL_OTP' });
    if (view.page !== 'ceremony') throw new Error(view.page);
    await browser.act(url, { do: 'answer', challengeId: view.ceremony.challengeId, response: server.codeTo(`${userId}@example.org`) });
    return (await browser.leave(url))?.target?.token ?? '';
  };

  it('goes on after a challenge that was passed', async () => {
    await enrolled('ann');
    expect(await goOn('ann', await pass('ann'))).toEqual(['record']);
  });
  it.each<[string, (token: string) => Promise<readonly string[]>]>([
    ['of another user', (token) => goOn('eve', token)],
    ['of another action', (token) => goOn('bea', token, { action: 'other' })],
    [
      'that was consumed',
      async (token) => {
        await goOn('bea', token);
        server.pass(11_000);
        return goOn('bea', token);
      },
    ],
    [
      'that has expired',
      (token) => {
        server.pass(121_000);
        return goOn('bea', token);
      },
    ],
    ['that was tampered with', (token) => goOn('bea', `${token.slice(0, -4)}AAAA`)],
  ])('denies a token %s', async (_, use) => {
    await enrolled('bea');
    server.pass(3_600_000);
    const token = await pass('bea');
    expect(await use(token)).toEqual(['deny']);
  });
  it('denies the track token, and the way back from a challenge that was cancelled', async () => {
    await enrolled('cat');
    const { url, token } = await server.authsignal.track({
      userId: 'cat',
      action,
      attributes: { redirectUrl: 'http://localhost:3000/continue' },
    });
    expect(await goOn('cat', token)).toEqual(['deny']);
    const browser = createBrowser({ stepward: server.stepward });
    await browser.open(url);
    await browser.act(url, { do: 'cancel' });
    expect(await goOn('cat', (await browser.leave(url))?.target?.token ?? '')).toEqual(['deny']);
  });
  it('sends an unenrolled user of a blocked login to a page that never enrolls', async () => {
    await server.policies.change((set) => {
      const policy = set.actions.get(action);
      if (!policy) throw new Error('not ensured');
      const configuration = { ...policy.configuration, defaultUserActionResult: 'BLOCK' as const, enrollment: 'allow' as const };
      return { answer: undefined, put: [{ kind: 'action', id: action, body: { ...policy, version: policy.version + 1, configuration } }] };
    });
    const url = await begin('dan', { forceEnrollment: true });
    expect(url).toContain('&force_enrollment=true');
    const browser = createBrowser({ stepward: server.stepward }, { forceEnrollment: true });
    expect((await browser.open(url)).view.page).toBe('blocked');
    await expect(browser.act(url, { do: 'enroll', method: 'AUTHENTICATOR_APP' })).rejects.toMatchObject({ code: 'method_not_permitted' });
    expect(await goOn('dan', (await browser.leave(url))?.target?.token ?? '')).toEqual(['deny']);
  });
});
