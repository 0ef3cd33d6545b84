import { generateSync } from 'otplib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Served, startServed } from '../support/served.ts';
import { createSoftwareAuthenticator } from '../support/webauthn.ts';

const origin = 'https://app.example.org';

/** What `@authsignal/react` 0.2.2 and the browser SDK send, as they send it: bodies left out, content types not. */
describe('the client API over HTTP', () => {
  let served: Served;
  let userId: string;
  let count = 0;
  beforeAll(async () => {
    served = await startServed({ STEPWARD_REDIRECT_ORIGINS: origin });
    await served.configure('pay', { defaultUserActionResult: 'CHALLENGE' });
    await served.configure('free', { defaultUserActionResult: 'ALLOW' });
  });
  afterAll(() => served.end());
  beforeEach(() => {
    served.pass(86_400_000);
    count += 1;
    userId = `user-${count}`;
  });

  const anonymous = `Basic ${Buffer.from('stepward').toString('base64')}`;
  const call = async (method: string, path: string, authorization: string, body?: unknown, cookie?: string) => {
    const response = await fetch(`${served.url}/v1/client${path}`, {
      method,
      headers: { authorization, 'content-type': 'application/json', origin, ...(cookie && { cookie }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const parsed = text === '' ? undefined : JSON.parse(text);
    // the SDK takes any body with this key for a failure, whatever its status says
    if (response.ok && parsed !== undefined) {
      expect(typeof parsed === 'object' && parsed !== null, path).toBe(true);
      expect(parsed, path).not.toHaveProperty('error');
      expect(response.headers.get('content-type'), path).toBe('application/json');
    }
    expect(response.headers.get('access-control-allow-origin'), path).toBe(origin);
    return { status: response.status, body: parsed, cookies: response.headers.getSetCookie() };
  };
  const tokenOf = async (action: string, scope = 'read:authenticators add:authenticators remove:authenticators') =>
    (await served.api.track({ userId, action, scope })).answer.token;
  const codeOf = (secret: string) => generateSync({ secret, epoch: Math.floor(served.now() / 1000) });

  it('the calls of the React component: init with nothing, then a code', async () => {
    const email = `${userId}@example.org`;
    await served.api.updateUser(userId, { email, emailVerified: true });
    await served.api.enrollVerified(userId, { verificationMethod: 'EMAIL_OTP', email });
    served.pass(60_000);
    const bearer = `Bearer ${await tokenOf('pay')}`;
    for (const body of [undefined, {}]) {
      const { status, body: answered } = await call('POST', '/init', bearer, body);
      expect(status).toBe(200);
      expect(answered.challengeOptions).toMatchObject({
        token: bearer.slice(7),
        defaultVerificationMethod: 'EMAIL_OTP',
        user: { email: 'u•••@e•••.org' },
      });
    }
    expect((await call('POST', '/challenge/email-otp', bearer)).status).toBe(200);
    const wrong = await call('POST', '/verify/email-otp', bearer, { verificationCode: 'x' });
    expect([wrong.status, wrong.body]).toEqual([200, { isVerified: false, failureReason: 'CODE_INVALID_OR_EXPIRED' }]);
    const right = await call('POST', '/verify/email-otp', bearer, { verificationCode: await served.codeTo(email) });
    expect([right.status, Object.keys(right.body).sort()]).toEqual([200, ['accessToken', 'isVerified']]);
    // any refusal means to the component that its token is old
    expect((await call('POST', '/init', 'Bearer old')).status).toBe(401);
  });
  it('every method, enrolled, proven, listed and removed: no body is a failure to the SDK', async () => {
    const key = createSoftwareAuthenticator({ origin });
    let bearer = `Bearer ${await tokenOf('free')}`;
    const options = await call('POST', '/user-authenticators/passkey/registration-options/web', bearer);
    const [cookie = ''] = options.cookies;
    expect(cookie).toMatch(/^__Host-stepward-ceremony=[\w-]{22}; Path=\/; Max-Age=900; Secure; HttpOnly; SameSite=None; Partitioned$/);
    // rp id and page share no domain here: the ceremony itself is bent to the server's, its origin is the page's
    const registered = { registrationCredential: key.create(options.body.options), challengeId: options.body.challengeId };
    expect((await call('POST', '/user-authenticators/passkey', bearer, registered)).body.errorCode).toBe('invalid_credential');
    const added = await call('POST', '/user-authenticators/passkey', bearer, registered, cookie.split(';')[0]);
    expect(added).toMatchObject({ status: 200, body: { isVerified: true, userId, userAuthenticator: { verificationMethod: 'PASSKEY' } } });
    bearer = `Bearer ${added.body.accessToken}`;
    const app = await call('POST', '/user-authenticators/totp', bearer);
    const verified = await call('POST', '/verify/totp', bearer, { verificationCode: codeOf(app.body.secret) });
    expect(verified.body).toMatchObject({ isVerified: true, userAuthenticator: { userAuthenticatorId: app.body.userAuthenticatorId } });
    const listed = await call('GET', '/user-authenticators', bearer);
    expect(listed.body.map((one: { verificationMethod: string }) => one.verificationMethod)).toEqual(['PASSKEY', 'AUTHENTICATOR_APP']);
    const found = await call('GET', `/user-authenticators/passkey?credentialIds=bm9ib2R5,${key.credentialId}`, anonymous);
    expect(found.body).toEqual({ credentialId: key.credentialId, verifiedAt: expect.any(String) });
    expect((await call('GET', '/user-authenticators/passkey?credentialIds=bm9ib2R5', anonymous)).status).toBe(404);
    expect((await call('DELETE', `/user-authenticators/${app.body.userAuthenticatorId}`, bearer)).status).toBe(204);
    const start = await call('POST', '/challenge', anonymous, { action: 'signIn' });
    const asked = await call('POST', '/user-authenticators/passkey/authentication-options', anonymous, start.body);
    const signedIn = { authenticationCredential: key.get(asked.body.options), deviceId: 'd-1', challengeId: asked.body.challengeId };
    expect(await call('POST', '/verify/passkey', anonymous, signedIn)).toMatchObject({ status: 200, body: { isVerified: true, userId } });
    const [instance] = await served.composed.store.instances({ userId, action: 'signIn', order: 'newest', limit: 1 });
    expect(instance).toMatchObject({
      origin: 'client',
      ipAddress: expect.stringMatching(/^(127\.0\.0\.1|::1)$/),
      userAgent: expect.any(String),
    });
  });
});
