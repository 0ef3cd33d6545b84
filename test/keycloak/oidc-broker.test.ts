import * as openid from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, clientSecret, passByMail, redirectUri } from '../support/oidc.ts';
import { type Served, startServed } from '../support/served.ts';
import { createWebBrowser, type Stop, type WebBrowser } from '../support/web-browser.ts';
import { password, type Realm } from './support/make-realm.ts';
import { claimsOf, createPerson } from './support/person.ts';
import { createRealm, hasKeycloak, keycloak } from './support/realm.ts';

const upstreamSecret = 'known-to-keycloak-and-to-stepward-alone';
const aal1 = 'urn:stepward:aal1';

/** Accounts live in one realm; Stepward signs people in there; another realm signs them in at Stepward. No jar is in these flows. */
describe.skipIf(!hasKeycloak)('Stepward as OpenID provider, beside Keycloak', () => {
  let served: Served;
  let accounts: Realm;
  let front: Realm;

  beforeAll(async () => {
    served = await startServed({}, { clock: 'real', development: true });
    const stepwardClient = {
      publicClient: false,
      secret: upstreamSecret,
      redirectUris: [`${served.url}/oidc/callback/accounts`],
      attributes: {
        'pkce.code.challenge.method': 'S256',
        'backchannel.logout.url': `${served.url}/oidc/backchannel-logout/accounts`,
        'backchannel.logout.session.required': 'true',
      },
    };
    accounts = await createRealm({
      clients: [{ clientId: 'stepward', more: stepwardClient }],
      users: ['alice', 'carol', 'dave', 'erin', 'mallory'].map((username) => ({ username })),
    });
    front = await createRealm({
      clients: [{ clientId: 'shop' }],
      more: {
        identityProviders: [
          {
            alias: 'stepward',
            providerId: 'oidc',
            enabled: true,
            trustEmail: true,
            config: {
              issuer: `${served.url}/oidc`,
              authorizationUrl: `${served.url}/oidc/auth`,
              tokenUrl: `${served.url}/oidc/token`,
              userInfoUrl: `${served.url}/oidc/me`,
              jwksUrl: `${served.url}/oidc/jwks`,
              clientId: 'keycloak',
              clientSecret,
              clientAuthMethod: 'client_secret_post',
              defaultScope: 'openid email profile',
              useJwksUrl: 'true',
              validateSignature: 'true',
              pkceEnabled: 'true',
              pkceMethod: 'S256',
              forwardParameters: 'acr_values,claims',
              syncMode: 'FORCE',
            },
          },
        ],
      },
    });
    await served.configure('signIn', { defaultUserActionResult: 'ALLOW' });
    await served.configure('strict', { defaultUserActionResult: 'CHALLENGE' });
    await served.configure('shut', { defaultUserActionResult: 'BLOCK' });
    await served.manage('POST', '/oidc-upstreams', {
      id: 'accounts',
      name: 'Accounts',
      issuer: accounts.url,
      clientId: 'stepward',
      clientSecret: upstreamSecret,
      endSession: true,
    });
    const client = { clientSecret, upstream: 'accounts', redirectUris: [redirectUri] };
    await served.manage('POST', '/oidc-clients', { ...client, clientId: 'app' });
    await served.manage('POST', '/oidc-clients', { ...client, clientId: 'strict-app', action: 'strict' });
    await served.manage('POST', '/oidc-clients', { ...client, clientId: 'shut-app', action: 'shut' });
    await served.manage('POST', '/oidc-clients', {
      clientId: 'keycloak',
      clientSecret,
      authMethod: 'client_secret_post',
      upstream: 'accounts',
      action: 'strict',
      redirectUris: [`${keycloak.url}/realms/${front.name}/broker/stepward/endpoint`],
    });
  });
  afterAll(async () => {
    await front?.end();
    await accounts?.end();
    await served?.end();
  });

  const app = (clientId: string) =>
    openid.discovery(new URL(`${served.url}/oidc`), clientId, undefined, openid.ClientSecretBasic(clientSecret), {
      execute: [openid.allowInsecureRequests],
    });
  const isLogin = ({ text }: Stop): boolean => text.includes('id="kc-form-login"');
  const signIn = async (browser: WebBrowser, url: URL, username: string): Promise<Stop> => {
    const stop = await browser.open(url);
    return isLogin(stop) ? browser.press(/sign in/i, { username, password }) : stop;
  };

  describe('a realm as its upstream', () => {
    const signedIn = async (clientId: string, username: string, browser = createWebBrowser(['https://app.example'])) => {
      const configuration = await app(clientId);
      const { url, checks } = await ask(configuration);
      const stop = await signIn(browser, url, username);
      return { configuration, checks, stop, browser };
    };

    it('signs people in there, and an allowed one has tokens of Stepward with the name of the realm', async () => {
      const { configuration, checks, stop } = await signedIn('app', 'alice');
      const tokens = await openid.authorizationCodeGrant(configuration, stop.url, checks);
      expect(tokens.claims()).toMatchObject({ iss: `${served.url}/oidc`, sub: await accounts.userId('alice') });
      expect(await openid.fetchUserInfo(configuration, tokens.access_token, tokens.claims()?.sub ?? '')).toMatchObject({
        email: 'alice@example.org',
        email_verified: true,
      });
    });

    it('a challenge is by the address that the realm vouches for', async () => {
      const { configuration, checks, browser } = await signedIn('strict-app', 'carol');
      const back = await passByMail({ served }, browser, 'carol@example.org');
      const tokens = await openid.authorizationCodeGrant(configuration, back.url, checks);
      expect(tokens.claims()).toMatchObject({ sub: await accounts.userId('carol') });
      expect(tokens.claims()?.amr).toEqual(expect.arrayContaining(['otp']));
    });

    it('who is blocked has a session in the realm and no code', async () => {
      const { stop, browser } = await signedIn('shut-app', 'mallory');
      expect([stop.url.searchParams.get('error'), stop.url.searchParams.get('code')]).toEqual(['access_denied', null]);
      const again = await signedIn('shut-app', 'mallory', browser);
      expect(again.stop.url.searchParams.get('code')).toBeNull();
      expect(isLogin(again.stop)).toBe(false);
    });

    it('who is signed out there is signed out of Stepward', async () => {
      const browser = createWebBrowser(['https://app.example']);
      await signedIn('app', 'dave', browser);
      const silent = async () => {
        const { url } = await ask(await app('app'), { prompt: 'none' });
        return (await browser.open(url)).url.searchParams.get('error') ?? 'code';
      };
      expect(await silent()).toBe('code');
      await accounts.call('POST', `/users/${await accounts.userId('dave')}/logout`);
      browser.forget('KEYCLOAK');
      await expect.poll(silent, { timeout: 20_000 }).toBe('login_required');
    });
  });

  describe('a realm as its client', () => {
    it('has a person challenged at Stepward and signs him in under the same name, first and again', async () => {
      const erin = createPerson(front);
      await erin.start('shop', { kc_idp_hint: 'stepward' });
      expect(isLogin(erin.at)).toBe(true);
      await erin.press(/sign in/i, { username: 'erin', password });
      expect(erin.at.url.origin).toBe(served.url);
      await passByMail({ served }, erin, 'erin@example.org');
      expect(erin.answer().get('code')).not.toBeNull();
      expect(claimsOf((await erin.tokens('shop')).body.id_token)).toMatchObject({ email: 'erin@example.org' });

      type Link = { readonly identityProvider: string; readonly userId: string };
      const links = await front.get<readonly Link[]>(
        `/users/${await front.userId('erin@example.org').catch(() => front.userId('erin'))}/federated-identity`,
      );
      expect(links).toEqual([expect.objectContaining({ identityProvider: 'stepward', userId: await accounts.userId('erin') })]);
    });

    it('hands on which level the application wants', async () => {
      const alice = createPerson(front);
      await alice.start('shop', { kc_idp_hint: 'stepward', acr_values: aal1 });
      const asked = alice.hops.find(({ origin, pathname }) => origin === served.url && pathname === '/oidc/auth');
      expect(asked?.searchParams.get('acr_values')).toBe(aal1);
    });

    it('shows that it went wrong where Stepward blocks, and signs nobody in', async () => {
      await served.configure('strict', { defaultUserActionResult: 'BLOCK' });
      const mallory = createPerson(front);
      await mallory.start('shop', { kc_idp_hint: 'stepward' });
      await mallory.press(/sign in/i, { username: 'mallory', password });
      expect(mallory.at.url.origin).toBe(keycloak.url);
      expect(() => mallory.answer()).toThrow();
      await expect(front.userId('mallory')).rejects.toThrow();
    });
  });
});
