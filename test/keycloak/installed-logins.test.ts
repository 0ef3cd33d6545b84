import { createHmac } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type CapturedMail, startSmtp } from '../support/smtp.ts';
import { type AnsweringCore, startAnsweringCore } from './support/answering-core.ts';
import { createInstaller, type Installer, installerClient } from './support/installer.ts';
import type { Realm } from './support/make-realm.ts';
import { claimsOf, createPerson, grant, type Person } from './support/person.ts';
import { createRealm, hasKeycloak, keycloak } from './support/realm.ts';

const otpSecret = 'a-secret-of-an-authenticator-app';
const otp = (): string => {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const digest = createHmac('sha1', otpSecret).update(counter).digest();
  const at = (digest.at(-1) ?? 0) & 15;
  return String((digest.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
};
const password = { type: 'password', value: 'correct horse battery staple', temporary: false };
const otpCredential = {
  type: 'otp',
  secretData: JSON.stringify({ value: otpSecret }),
  credentialData: JSON.stringify({ subType: 'totp', digits: 6, period: 30, counter: 0, algorithm: 'HmacSHA1' }),
};
const passwordOnly = {
  flow: 'password only',
  of: [
    { run: 'auth-cookie', requirement: 'ALTERNATIVE' },
    { run: 'identity-provider-redirector', requirement: 'ALTERNATIVE' },
    { flow: 'password only forms', requirement: 'ALTERNATIVE', of: [{ run: 'auth-username-password-form' }] },
  ],
} as const;
const aal2 = 'urn:stepward:aal2';

describe.skipIf(!hasKeycloak)('logins through the flows that the installer made', () => {
  let core: AnsweringCore;
  let mail: Awaited<ReturnType<typeof startSmtp>>;
  let elsewhere: Realm;
  let realm: Realm;
  let installer: Installer;
  const providerOf = (alias: string, after?: string) => ({
    alias,
    providerId: 'oidc',
    enabled: true,
    ...(after !== undefined && { postBrokerLoginFlowAlias: after }),
    config: {
      clientId: 'first-realm',
      clientSecret: 'secret-of-the-broker',
      clientAuthMethod: 'client_secret_post',
      issuer: elsewhere.url,
      authorizationUrl: `${elsewhere.url}/protocol/openid-connect/auth`,
      tokenUrl: `${elsewhere.url}/protocol/openid-connect/token`,
      jwksUrl: `${elsewhere.url}/protocol/openid-connect/certs`,
      useJwksUrl: 'true',
      validateSignature: 'true',
    },
  });

  beforeAll(async () => {
    core = await startAnsweringCore();
    mail = await startSmtp();
    const redirectUris = [`${keycloak.url}/*`];
    const more = { publicClient: false, secret: 'secret-of-the-broker', redirectUris };
    elsewhere = await createRealm({
      clients: [{ clientId: 'first-realm', more }],
      users: ['bea', 'ben', 'bob'].map((username) => ({ username })),
    });
    const after = (alias: string, run: string) => ({ flow: alias, of: [{ run }] });
    realm = await createRealm({
      // no factor of its own, so that the one that is asked for is that of the fallback
      flows: [passwordOnly, after('lets in', 'allow-access-authenticator'), after('keeps out', 'deny-access-authenticator')],
      clients: [{ clientId: 'shop' }, { clientId: 'second' }, installerClient],
      users: ['ada', 'alan', 'grace', 'cleo', 'dora', 'emil', 'fred'].map((username) =>
        username === 'grace' ? { username, credentials: [password, otpCredential] } : { username },
      ),
      more: {
        browserFlow: 'password only',
        resetPasswordAllowed: true,
        smtpServer: { host: '127.0.0.1', port: new URL(mail.url).port, from: 'keycloak@example.org' },
        identityProviders: [providerOf('plain'), providerOf('first-lets-in', 'lets in'), providerOf('first-keeps-out', 'keeps out')],
      },
    });
    installer = await createInstaller(realm, core);
    const installed = await installer.stepward('apply', '--layout', 'acr', '--failure-policy', 'fallback', '--step-up-seconds', '600');
    expect(installed).toMatchObject({ exit: 0, err: '' });
  });
  afterAll(async () => {
    installer?.end();
    await realm?.end();
    await elsewhere?.end();
    await mail?.stop();
    await core?.end();
  });
  afterEach(() => {
    core.answer = 'ALLOW';
  });

  const since = (count: number) => core.tracked.slice(count);
  const contextOf = (body: Readonly<Record<string, unknown>> | undefined) => (body?.context ?? {}) as Readonly<Record<string, unknown>>;

  describe('Stepward down, policy fallback', () => {
    it('who has a factor of Keycloak passes by it, who has none is denied and offered none', async () => {
      core.answer = 'down';
      const grace = createPerson(realm);
      await grace.start('shop');
      expect((await grace.logIn('grace')).text).toContain('name="otp"');
      await grace.press(/sign in/i, { otp: otp() });
      expect(grace.answer().get('code')).not.toBeNull();
      expect(claimsOf((await grace.tokens('shop')).body.id_token)).toMatchObject({ stepward_degraded: true });

      const ada = createPerson(realm);
      await ada.start('shop');
      const denied = await ada.logIn('ada');
      expect(denied.status).toBe(503);
      expect(denied.text).not.toMatch(/totp|qr-?code|name="otp"/i);
    });

    it('with Stepward up nobody is asked for it', async () => {
      const grace = createPerson(realm);
      await grace.start('shop');
      await grace.logIn('grace');
      expect(grace.answer().get('code')).not.toBeNull();
    });
  });

  describe('a direct grant', () => {
    it.each([
      ['ALLOW', 200, undefined],
      ['CHALLENGE_REQUIRED', 400, 'interaction_required'],
      ['REVIEW_REQUIRED', 400, 'under_review'],
      ['BLOCK', 400, 'access_denied'],
      ['down', 503, 'temporarily_unavailable'],
    ] as const)('%s: %s', async (answer, status, error) => {
      core.answer = answer;
      const granted = await grant(realm, 'shop', 'alan');
      expect([granted.status, granted.body.error]).toEqual([status, error]);
    });
  });

  describe('a login at another identity provider', () => {
    const through = async (provider: string, username: string): Promise<Person> => {
      const person = createPerson(realm);
      await person.start('shop', { kc_idp_hint: provider });
      await person.logIn(username);
      return person;
    };

    it('is asked the first time and again, with the secret that the provider knows', async () => {
      const count = core.tracked.length;
      const first = await through('plain', 'bea');
      expect(first.answer().get('code')).not.toBeNull();
      core.answer = 'BLOCK';
      const second = await through('plain', 'bea');
      expect(second.at.status).toBe(403);
      expect(since(count).map(({ action }) => action)).toEqual(['signIn', 'signIn']);
    });

    it('what was behind it already stays, and comes before', async () => {
      const count = core.tracked.length;
      const ben = await through('first-lets-in', 'ben');
      expect(ben.answer().get('code')).not.toBeNull();
      expect(since(count)).toHaveLength(1);
      const bob = await through('first-keeps-out', 'bob');
      expect(() => bob.answer()).toThrow();
      expect(since(count)).toHaveLength(1);
    });
  });

  describe('a forgotten password', () => {
    const link = ({ text }: CapturedMail): string | undefined => /https?:\/\/\S+action-token\S+/.exec(text)?.[0];
    const mailed = async (to: string): Promise<string> => {
      for (let tries = 0; tries < 200; tries++) {
        const found = mail.messages.findLast((one) => one.to.includes(to));
        const address = found && link(found);
        if (address !== undefined) return address.replaceAll('&amp;', '&');
        await new Promise((later) => setTimeout(later, 25));
      }
      throw new Error(`no mail to ${to}`);
    };
    const forgets = async (person: Person, username: string): Promise<string> => {
      await person.start('shop');
      const [, address = ''] = /href="([^"]*reset-credentials[^"]*)"/.exec(person.at.text) ?? [];
      await person.open(new URL(address.replaceAll('&amp;', '&'), person.at.url));
      await person.press(/submit/i, { username });
      return mailed(`${username}@example.org`);
    };
    /** Goes on from a page that only says what comes. */
    const goesOn = async (person: Person): Promise<void> => {
      const [, address] = /href="([^"]*login-actions[^"]*)"/.exec(person.at.text) ?? [];
      if (!person.at.text.includes('password-new') && address !== undefined)
        await person.open(new URL(address.replaceAll('&amp;', '&'), person.at.url));
    };

    it.each([
      ['the same browser', 'cleo'],
      ['another browser', 'dora'],
    ])('is decided before the new password, in %s', async (where, username) => {
      const count = core.tracked.length;
      const asks = createPerson(realm);
      const address = await forgets(asks, username);
      expect(since(count)).toEqual([]);
      const opens = where === 'the same browser' ? asks : createPerson(realm);
      await opens.open(address);
      await goesOn(opens);
      expect(opens.at.text).toContain('password-new');
      expect(since(count)).toHaveLength(1);
      expect([since(count)[0]?.action, contextOf(since(count)[0]?.body).flow]).toEqual(['passwordReset', 'recovery']);
    });

    it('and kept from it by BLOCK', async () => {
      const emil = createPerson(realm);
      const address = await forgets(emil, 'emil');
      core.answer = 'BLOCK';
      await emil.open(address);
      await goesOn(emil);
      expect(emil.at.status).toBe(403);
      expect(emil.at.text).not.toContain('password-new');
    });
  });

  describe('`acr_values`', () => {
    const asked = (body: Readonly<Record<string, unknown>>) => contextOf(body).requestedAcr !== undefined;
    const acrOf = async (person: Person, clientId: string) => claimsOf((await person.tokens(clientId)).body.id_token);

    it('of level 2 on SSO: one challenge and no password, then none while it counts; level 1 never says 2', async () => {
      core.answer = (body) => (asked(body) ? 'CHALLENGE_REQUIRED' : 'ALLOW');
      const fred = createPerson(realm);
      await fred.start('shop');
      await fred.logIn('fred');
      const one = await acrOf(fred, 'shop');
      expect(one.acr).not.toBe(aal2);
      expect(one.stepward_amr).toBeUndefined();

      const challenges = () => fred.hops.filter(({ pathname }) => pathname === '/challenge').length;
      await fred.start('second', { acr_values: aal2 });
      expect(challenges()).toBe(1);
      const two = await acrOf(fred, 'second');
      expect(two).toMatchObject({ acr: aal2, stepward_acr: aal2, stepward_amr: ['pwd', 'otp', 'mfa'] });

      await fred.start('shop', { acr_values: aal2 });
      expect((await acrOf(fred, 'shop')).acr).toBe(aal2);
      expect(challenges()).toBe(1);
    });

    it('of level 2 at the first login: the password, then one challenge', async () => {
      core.answer = (body) => (asked(body) ? 'CHALLENGE_REQUIRED' : 'ALLOW');
      const ada = createPerson(realm);
      await ada.start('shop', { acr_values: aal2 });
      await ada.logIn('ada');
      expect((await acrOf(ada, 'shop')).acr).toBe(aal2);
      expect(ada.hops.filter(({ pathname }) => pathname === '/challenge')).toHaveLength(1);
    });

    it.each(['down', 'BLOCK', 'REVIEW_REQUIRED'] as const)(
      'an essential level that %s keeps from being earned is refused',
      async (answer) => {
        core.answer = (body) => (asked(body) ? answer : 'ALLOW');
        const grace = createPerson(realm);
        await grace.start('shop', { claims: JSON.stringify({ id_token: { acr: { essential: true, values: [aal2] } } }) });
        const denied = await grace.logIn('grace');
        expect(denied.status).toBe(answer === 'down' ? 503 : 403);
        expect(denied.text).not.toContain('name="otp"');
      },
    );
  });
});
