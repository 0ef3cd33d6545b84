import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FakeKeycloakCore, startFakeCore } from './support/fake-core.ts';
import { browserFlow, postBrokerFlow } from './support/flows.ts';
import { password, type Realm } from './support/make-realm.ts';
import { createPerson, type Person } from './support/person.ts';
import { createRealm, hasKeycloak, keycloak } from './support/realm.ts';

/** Defects that were published of other second-factor providers for Keycloak, each as what must hold here. */
let core: FakeKeycloakCore;
let realm: Realm;
let partner: Realm;

const logIn = async (username: string, clientId = 'app'): Promise<Person> => {
  const person = createPerson(realm);
  await person.start(clientId);
  await person.logIn(username);
  return person;
};
const isIn = ({ at }: Person): boolean => at.url.searchParams.has('code');
/** What a person reads of a page. */
const shown = ({ at }: Person): string => /<main[\s\S]*<\/main>/.exec(at.text)?.[0].replace(/<[^>]*>/g, ' ') ?? at.text;
const tracks = (username: string) => core.about(username).filter(({ path }) => !path.endsWith('/consume'));
const returnOf = (username: string): string => String(tracks(username).at(-1)?.body.returnUrl);

describe.skipIf(!hasKeycloak)('published defects of other providers', () => {
  beforeAll(async () => {
    core = await startFakeCore();
    partner = await createRealm({
      users: ['allow-2', 'block-2'].map((username) => ({ username })),
      clients: [{ clientId: 'portal', more: { publicClient: false, secret: 'portal-secret-000000', redirectUris: [`${keycloak.url}/*`] } }],
    });
    realm = await createRealm({
      flows: [
        browserFlow('app', core.settings),
        browserFlow('wrong', { ...core.settings, deadlineMs: 'soon', failurePolicy: 'allow' }),
        browserFlow('literal', { ...core.settings, serverKey: `\${vault.nowhere}`, failurePolicy: 'allow' }),
        postBrokerFlow('post', core.settings),
      ],
      clients: ['app', 'wrong', 'literal'].map((clientId) => ({ clientId, flow: clientId })),
      users: ['challenge-1', 'challenge-3', 'block-1', 'review-1', 'allow-1', 'succeeded-1-another'].map((username) => ({ username })),
      more: {
        identityProviders: [
          {
            alias: 'partner',
            providerId: 'oidc',
            enabled: true,
            trustEmail: true,
            postBrokerLoginFlowAlias: 'post',
            config: {
              clientId: 'portal',
              clientSecret: 'portal-secret-000000',
              clientAuthMethod: 'client_secret_post',
              authorizationUrl: `${partner.url}/protocol/openid-connect/auth`,
              tokenUrl: `${partner.url}/protocol/openid-connect/token`,
              jwksUrl: `${partner.url}/protocol/openid-connect/certs`,
              useJwksUrl: 'true',
              validateSignature: 'true',
              issuer: partner.url,
              defaultScope: 'openid email profile',
            },
          },
        ],
      },
    });
  });
  afterAll(async () => {
    await realm?.end();
    await partner?.end();
    await core?.end();
  });

  it('a query parameter of the return is nowhere in a page, and no form posts to another origin', async () => {
    const ada = await logIn('challenge-1');
    for (const name of ['stepward_ticket', 'redirect', 'url', 'form', 'action']) {
      await ada.open(`${returnOf('challenge-1')}&${name}=${encodeURIComponent('"><form action="https://evil.example">')}`);
      expect(ada.at.text).not.toContain('evil.example');
      for (const [, action = ''] of ada.at.text.matchAll(/<form[^>]*action="([^"]*)"/g))
        expect(new URL(action, ada.at.url).origin).toBe(keycloak.url);
    }
    await ada.open(`${returnOf('challenge-1')}&stepward_ticket=reflected-ticket`);
    expect(ada.at.text).not.toContain('reflected-ticket');
  });

  it('a token, a user or a state in the return are not looked at: nobody is let in by them', async () => {
    const ada = await logIn('challenge-1');
    const other = await realm.userId('allow-1');
    for (const query of [`token=eyJ.e30.x`, `user=${other}`, `userId=${other}`, `state=CHALLENGE_SUCCEEDED`, 'consumed=true']) {
      await ada.open(`${returnOf('challenge-1')}&${query}`);
      expect(isIn(ada), query).toBe(false);
    }
    expect(core.about('allow-1')).toEqual([]);
  });

  it('a wrong password after a challenge began lets no second try pass, and tracks nobody', async () => {
    const ada = createPerson(realm);
    await ada.start('app');
    await ada.logIn('challenge-3', 'wrong');
    await ada.logIn('challenge-3', 'wrong again');
    expect(isIn(ada)).toBe(false);
    expect(core.about('challenge-3')).toEqual([]);
    await ada.logIn('challenge-3');
    expect(ada.at.url.origin).toBe(core.origin);
  });

  it('a BLOCK or a REVIEW says nothing of a user name or password', async () => {
    for (const username of ['block-1', 'review-1']) expect(shown(await logIn(username))).not.toMatch(/invalid|password|user ?name/i);
  });

  it('who is allowed and has no authenticator is not challenged all the same', async () => {
    expect(isIn(await logIn('allow-1'))).toBe(true);
  });

  it('a return without its parameters is a page, not another redirect', async () => {
    const ada = await logIn('challenge-1');
    const [count, before] = [tracks('challenge-1').length, ada.hops.length];
    await ada.open(returnOf('challenge-1'));
    expect(ada.hops).toHaveLength(before + 1);
    expect(ada.at.status).toBe(200);
    expect(tracks('challenge-1')).toHaveLength(count);
  });

  it('wrong settings are no outage: the failure policy `allow` lets nobody in by them', async () => {
    for (const clientId of ['wrong', 'literal']) {
      const ada = await logIn('allow-1', clientId);
      expect(ada.at.status, clientId).toBe(503);
    }
    const [event] = await realm.events('LOGIN_ERROR', { user: await realm.userId('allow-1') });
    expect(event).toMatchObject({ error: 'generic_authentication_error', details: { stepward_reason: 'settings' } });
  });

  it('the return address is taken with its parameters in another order', async () => {
    const ada = await logIn('challenge-1');
    const address = new URL(returnOf('challenge-1'));
    address.search = new URLSearchParams([...address.searchParams].reverse()).toString();
    await ada.open(address);
    expect(ada.at.text).toContain('waits for your confirmation');
  });

  it('a login through an identity provider is decided, the first and each later one', async () => {
    const throughPartner = async (username: string): Promise<Person> => {
      const person = createPerson(realm);
      await person.start('app', { kc_idp_hint: 'partner' });
      await person.logIn(username, password);
      if (/update account information|review profile/i.test(person.at.text))
        await person.press(/submit/i, { username, email: `${username}@example.org`, firstName: 'A', lastName: 'B' });
      return person;
    };
    expect(isIn(await throughPartner('allow-2'))).toBe(true);
    expect(isIn(await throughPartner('allow-2'))).toBe(true);
    expect(tracks('allow-2').map(({ body }) => (body.custom as { readonly keycloakIdp?: string }).keycloakIdp)).toEqual([
      'partner',
      'partner',
    ]);
    const blocked = await throughPartner('block-2');
    expect(blocked.at.status).toBe(403);
    expect(blocked.at.text).toContain('This login was refused.');
  });
});
