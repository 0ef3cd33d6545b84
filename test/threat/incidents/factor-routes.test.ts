import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { routes } from '../../../adapters/http/index.ts';
import type { SettingsCommand } from '../../../core/index.ts';
import { appCode } from '../../support/client-api.ts';
import { type Served, startServed } from '../../support/served.ts';
import { createBrowser, type TestBrowser } from '../../support/stepward.ts';
import { createSoftwareAuthenticator } from '../../support/webauthn.ts';
import { ceremonyOf } from '../support/people.ts';

const UA = '/v1/client/user-authenticators';

const open = routes.filter((route) => route.scope.startsWith('client') && route.method !== 'GET');

/** Routes that prove what is enrolled, or only begin to: they add nothing for who has an authenticator. */
const proving = /^\/v1\/client\/(init|challenge\b.*|verify\b.*|user-authenticators\/(passkey|security-key)\/authentication-options.*)$/;

/** Every other route that a browser's token opens adds or removes an authenticator. */
const changing = open.filter(({ path }) => !proving.test(path));
/** What an intruder would send to any of them. */
const intruded = { email: 'mallory@example.org', registrationCredential: { id: 'AAAA' }, id: 'AAAA' };

const commands = {
  name: (userAuthenticatorId) => ({ do: 'name', userAuthenticatorId, name: 'mine' }),
  remove: (userAuthenticatorId) => ({ do: 'remove', userAuthenticatorId }),
  'new-codes': () => ({ do: 'new-codes' }),
  'forget-device': (_, deviceId) => ({ do: 'forget-device', deviceId }),
  'stop-remembering': (_, deviceId) => ({ do: 'stop-remembering', deviceId }),
  'forget-others': () => ({ do: 'forget-others' }),
} as const satisfies { readonly [K in SettingsCommand['do']]: (authenticatorId: string, deviceId: string) => SettingsCommand };

let served: Served;
let secret = '';
const userId = 'vera';
const email = 'vera@example.org';
beforeAll(async () => {
  served = await startServed();
  await served.configure('signIn', {
    defaultUserActionResult: 'CHALLENGE',
    enrollment: 'allow',
    consumeWithin: 3600,
    challengeExpiresIn: 3600,
  });
  await served.configure('account', { defaultUserActionResult: 'ALLOW', enrollment: 'allow' });
  const { token } = await track();
  secret = String((await call('POST', `${UA}/totp`, token)).body.secret);
  await call('POST', '/v1/client/verify/totp', token, { verificationCode: appCode(served, secret) });
  served.pass(60_000);
  await served.api.enrollVerified(userId, { verificationMethod: 'EMAIL_OTP', email });
  served.pass(60_000);
});
afterAll(() => served.end());

const scope = 'add:authenticators remove:authenticators update:authenticators';
const track = async (more = {}) =>
  (await served.api.track({ userId, action: 'signIn', scope, deviceId: 'device-of-vera-0123456789', ...more })).answer;
const call = async (method: string, path: string, token: string, body?: unknown) => {
  const response = await fetch(`${served.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown> };
};
const authenticators = async () =>
  JSON.stringify((await served.composed.store.user(userId))?.authenticators.map(({ data: _, ...one }) => one));
const whole = async () => JSON.stringify(await served.composed.store.user(userId));
const idOf = async (method: string) =>
  (await served.composed.store.user(userId))?.authenticators.find((one) => one.verificationMethod === method)?.userAuthenticatorId ?? '';

const byEmail = async (): Promise<string> => {
  served.pass(60_000);
  const { token } = await track();
  const mails = served.mails.length;
  await call('POST', '/v1/client/challenge/email-otp', token);
  const verified = await call('POST', '/v1/client/verify/email-otp', token, { verificationCode: await served.codeTo(email, mails) });
  return String(verified.body.accessToken);
};
const byApp = async (): Promise<string> => {
  served.pass(30_000);
  const { token } = await track();
  return String((await call('POST', '/v1/client/verify/totp', token, { verificationCode: appCode(served, secret) })).body.accessToken);
};

/** What an intruder may hold, short of what changing a factor takes. */
const callers: readonly (readonly [string, () => Promise<string>])[] = [
  ['a track token, whatever its scope', async () => (await track()).token],
  ['a proof below the highest level that is enrolled (CVE-2026-3429)', byEmail],
  [
    'a proof older than five minutes (supabase/auth #1615)',
    async () => {
      const token = await byApp();
      served.pass(301_000);
      return token;
    },
  ],
  [
    'a proof from before a factor changed elsewhere',
    async () => {
      const token = await byApp();
      served.pass(1_000);
      await served.api.enrollVerified(userId, { verificationMethod: 'EMAIL_OTP', email: `n${served.now()}@example.org` });
      return token;
    },
  ],
];

describe('Ory Kratos #3671: assurance was checked on one route only', () => {
  it('the routes that change factors are those of authenticators, and they are all here', () => {
    expect(changing.every(({ path }) => path.startsWith(UA))).toBe(true);
    expect(changing.map(({ method, path }) => `${method} ${path.slice(UA.length)}`)).toEqual(
      expect.arrayContaining(['DELETE /{userAuthenticatorId}', 'POST /totp', 'POST /email-otp', 'POST /passkey', 'POST /security-key']),
    );
  });

  it.each(callers)('none takes %s', async (_, tokenOf) => {
    const token = await tokenOf();
    const before = await authenticators();
    const target = await idOf('AUTHENTICATOR_APP');
    for (const { method, path } of changing) {
      const body = method === 'DELETE' ? undefined : intruded;
      const { status, body: answer } = await call(method, path.replace('{userAuthenticatorId}', target), token, body);
      expect([path, answer.error]).toEqual([path, expect.any(String)]);
      expect([400, 401, 403]).toContain(status);
    }
    expect(await authenticators()).toBe(before);
  });

  it('a registration that was begun in time and is finished too late adds nothing', async () => {
    const token = await byApp();
    const key = createSoftwareAuthenticator({ origin: served.app.origin });
    const begun = await call('POST', `${UA}/passkey/registration-options`, token, {});
    expect(begun.status).toBe(200);
    const before = await authenticators();
    served.pass(299_000);
    const registrationCredential = key.create(begun.body.options as Parameters<typeof key.create>[0]);
    served.pass(2_000);
    expect((await call('POST', `${UA}/passkey`, token, { challengeId: begun.body.challengeId, registrationCredential })).status).not.toBe(
      200,
    );
    expect(await authenticators()).toBe(before);
  });
});

describe('better-auth #2728 and its kin: the settings page', () => {
  /** A visit of the settings in a browser, and what it begins. */
  const visit = async () => {
    const { url } = await track({ action: 'account', redirectToSettings: true });
    const browser = createBrowser(served.composed);
    await browser.open(url);
    return { url, browser };
  };
  const confirm = async ({ url, browser }: { readonly url: string; readonly browser: TestBrowser }) => {
    served.pass(30_000);
    const { challengeId } = ceremonyOf(await browser.act(url, { do: 'choose', method: 'AUTHENTICATOR_APP' }));
    return browser.act(url, { do: 'answer', challengeId, response: appCode(served, secret) });
  };
  const devices = async () => (await served.composed.store.user(userId))?.devices ?? [];

  it.each(Object.entries(commands))('does not `%s` before a proof, below the highest level, or after five minutes', async (_, command) => {
    const at = await visit();
    const [device] = await devices();
    const asked = command(await idOf('EMAIL_OTP'), device?.deviceId ?? '');
    const before = await whole();
    await at.browser.act(at.url, asked);
    expect(await whole()).toBe(before);
    expect((await confirm(at)).view.page).toBe('settings');
    served.pass(300_000);
    const stale = await whole();
    expect(await at.browser.act(at.url, asked)).toMatchObject({ error: 'confirm-again', view: { page: 'choose' } });
    expect(await whole()).toBe(stale);
  });

  it('offers no proof below the highest level that is enrolled', async () => {
    const { url, browser } = await visit();
    const { view } = await browser.open(url);
    expect(JSON.stringify(view)).not.toContain('EMAIL_OTP');
    await expect(browser.act(url, { do: 'choose', method: 'EMAIL_OTP' })).rejects.toMatchObject({ code: 'method_not_permitted' });
  });

  it('a change of factors ends what every device was remembered for, and each earlier proof', async () => {
    const at = await visit();
    await confirm(at);
    await at.browser.act(at.url, { do: 'new-codes' });
    expect((await devices()).filter(({ rememberedUntil, proofs }) => rememberedUntil !== undefined || proofs.length > 0)).toEqual([]);
    expect((await served.composed.store.user(userId))?.proofsVoidBefore).toBe(served.now());
  });
});
