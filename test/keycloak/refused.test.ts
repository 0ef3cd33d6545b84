import { deflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FakeKeycloakCore, startFakeCore } from './support/fake-core.ts';
import { browserFlow, directFlow } from './support/flows.ts';
import { callback, type Realm } from './support/make-realm.ts';
import { createPerson, grant, type Person } from './support/person.ts';
import { createRealm, hasKeycloak, keycloak } from './support/realm.ts';

let core: FakeKeycloakCore;
let realm: Realm;

const logIn = async (username: string, clientId = 'app'): Promise<Person> => {
  const person = createPerson(realm);
  await person.start(clientId);
  await person.logIn(username);
  return person;
};
const failures = async (username: string): Promise<number> =>
  (await realm.get<{ readonly numFailures: number }>(`/attack-detection/brute-force/users/${await realm.userId(username)}`)).numFailures;
const returnOf = (username: string): string => String(core.about(username)[0]?.body.returnUrl);

/** A SAML request that may show nothing. */
const passiveRequest = (): string => {
  const xml = `<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_${crypto.randomUUID()}" Version="2.0" IssueInstant="${new Date().toISOString()}" IsPassive="true" Destination="${realm.url}/protocol/saml" AssertionConsumerServiceURL="${callback}" ProtocolBinding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"><saml:Issuer>saml</saml:Issuer></samlp:AuthnRequest>`;
  return `${realm.url}/protocol/saml?${new URLSearchParams({ SAMLRequest: deflateRawSync(xml).toString('base64') })}`;
};
/** What Keycloak posts back to the application. */
const samlAnswer = (person: Person): string =>
  Buffer.from(/name="SAMLResponse" value="([^"]+)"/i.exec(person.at.text)?.[1] ?? '', 'base64').toString();

describe.skipIf(!hasKeycloak)('a login that is refused', () => {
  beforeAll(async () => {
    core = await startFakeCore();
    realm = await createRealm({
      flows: [browserFlow('app', core.settings), directFlow('app-direct', core.settings)],
      clients: [
        { clientId: 'app', flow: 'app', direct: 'app-direct' },
        { clientId: 'plain' },
        {
          clientId: 'saml',
          flow: 'app',
          more: {
            protocol: 'saml',
            attributes: { 'saml.client.signature': 'false', 'saml.server.signature': 'false', 'saml.force.post.binding': 'true' },
          },
        },
      ],
      users: ['block-1', 'block-2', 'block-3', 'allow-1', 'challenge-1-challengefailed', 'challenge-2', 'review-1'].map((username) => ({
        username,
      })),
      more: { bruteForceProtected: true, failureFactor: 3, quickLoginCheckMilliSeconds: 0 },
    });
  });
  afterAll(async () => {
    await realm?.end();
    await core?.end();
  });

  describe('by a BLOCK', () => {
    it('sees a page of its own: 403, a reference, no reason, nothing about a password', async () => {
      const ada = await logIn('block-1');
      expect(ada.at.status).toBe(403);
      expect(ada.at.text).toContain('This login was refused.');
      expect(ada.at.text).toContain(String(core.about('block-1')[0]?.body.idempotencyKey));
      expect(ada.at.text).not.toMatch(/invalid|rule|risk|signal|score/i);
      expect(ada.at.text).not.toContain(core.origin);
    });

    it('is not decided again by a reload, fifty times; no counter of Keycloak moves', async () => {
      const ada = await logIn('block-2');
      for (let times = 0; times < 50; times += 1) {
        await ada.open(returnOf('block-2'));
        expect(ada.at.status).toBe(403);
      }
      expect(core.about('block-2')).toHaveLength(1);
      expect(await failures('block-2')).toBe(0);
      expect((await logIn('block-2')).at.text).toContain('This login was refused.');
    });

    it('has an event that names the instance, and no more', async () => {
      const [event] = await realm.events('LOGIN_ERROR', { user: await realm.userId('block-1') });
      expect(event?.error).toBe('access_denied');
      expect(event?.details).toMatchObject({
        stepward_state: 'BLOCK',
        stepward_instance: core.about('block-1')[0]?.body.idempotencyKey,
        stepward_attempt: '1',
        stepward_ms: expect.stringMatching(/^\d+$/),
      });
      expect(event?.details).not.toHaveProperty('stepward_degraded');
      expect(JSON.stringify(event)).not.toContain(core.origin);
    });
  });

  it('counts for no brute force, whatever kind of no it is, silent and direct too', async () => {
    for (const username of ['challenge-1-challengefailed', 'review-1']) {
      const ada = await logIn(username);
      for (let times = 0; times < 5; times += 1) await ada.open(returnOf(username));
      for (let times = 0; times < 5; times += 1) await grant(realm, 'app', username);
      const ben = await logIn(username, 'plain');
      for (let times = 0; times < 5; times += 1) {
        await ben.start('app', { prompt: 'none' });
        expect(ben.answer().get('error')).toBe('login_required');
      }
      expect(await failures(username), username).toBe(0);
    }
  });

  it('may not be shown a page where the application forbade it: no HTML in its hidden frame, OpenID or SAML', async () => {
    const ada = await logIn('block-3', 'plain');
    const before = ada.hops.length;
    await ada.start('app', { prompt: 'none' });
    expect(ada.answer().get('error')).toBe('login_required');
    expect(ada.hops).toHaveLength(before + 2);
    await ada.open(passiveRequest());
    expect(samlAnswer(ada)).toContain('urn:oasis:names:tc:SAML:2.0:status:NoPassive');

    const ben = await logIn('allow-1', 'plain');
    await ben.start('app', { prompt: 'none' });
    expect(ben.answer().get('code')).not.toBeNull();
    await ben.open(passiveRequest());
    expect(samlAnswer(ben)).toContain('urn:oasis:names:tc:SAML:2.0:status:Success');
  });

  it('finds no way round by the fields with which Keycloak changes the way', async () => {
    const executions = await realm.get<readonly { readonly id: string }[]>('/authentication/flows/app/executions');
    for (const username of ['block-1', 'challenge-2', 'challenge-1-challengefailed', 'review-1']) {
      const ada = await logIn(username);
      const before = core.about(username).filter(({ path }) => !path.endsWith('/consume')).length;
      const back = String(core.about(username).at(-1)?.body.returnUrl);
      for (const fields of [{ tryAnotherWay: 'on' }, ...executions.map(({ id }) => ({ authenticationExecution: id }))]) {
        await ada.open(back);
        const action = /action="([^"]*login-actions[^"]*)"/.exec(ada.at.text)?.[1]?.replaceAll('&amp;', '&') ?? back;
        const answer = await fetch(action, {
          method: 'POST',
          redirect: 'manual',
          headers: { cookie: ada.cookieHeader(action) },
          body: new URLSearchParams(fields),
        });
        const text = await answer.text();
        expect(answer.headers.get('location') ?? '', `${username} ${JSON.stringify(fields)}`).not.toMatch(/[?&]code=/);
        expect(text, `${username} ${JSON.stringify(fields)}`).not.toMatch(/name="(password|otp|username)"/);
      }
      await ada.open(back);
      expect(ada.at.url.searchParams.has('code')).toBe(false);
      expect(core.about(username).filter(({ path }) => !path.endsWith('/consume'))).toHaveLength(before);
    }
  });

  it('leaves no address of another server in any page', async () => {
    for (const username of ['block-1', 'challenge-1-challengefailed', 'review-1']) {
      const { text } = (await logIn(username)).at;
      const hosts = [...text.matchAll(/https?:\/\/[^/"'\s<]+/g)].map(([address]) => address);
      expect(hosts.filter((host) => host !== keycloak.url && !host.includes('w3.org') && !host.includes('bugzilla.mozilla.org'))).toEqual(
        [],
      );
    }
  });
});
