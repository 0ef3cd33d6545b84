import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FakeKeycloakCore, startFakeCore } from './support/fake-core.ts';
import { browserFlow } from './support/flows.ts';
import type { Realm } from './support/make-realm.ts';
import { createPerson, type Person } from './support/person.ts';
import { createRealm, hasKeycloak, keycloak } from './support/realm.ts';

type Side = { readonly core: FakeKeycloakCore; readonly realm: Realm };
const keys = { one: 'sk_one_00000000000000000001', two: 'sk_two_00000000000000000002', next: 'sk_one_00000000000000000003' };
const sides: Record<'one' | 'two', Side> = {} as never;

const basic = (key: string): string => `Basic ${btoa(`${key}:`)}`;
/** What `${vault.stepward_key}` stands for in a realm: a file named by both, each underscore doubled. */
const putKey = ({ realm }: Side, key: string): void =>
  writeFileSync(join(keycloak.vault, `${realm.name.replaceAll('_', '__')}_stepward__key`), key);

const logIn = async (realm: Realm, username: string): Promise<Person> => {
  const person = createPerson(realm);
  await person.start('app');
  await person.logIn(username);
  return person;
};

describe.skipIf(!hasKeycloak)('two realms with a key each', () => {
  beforeAll(async () => {
    for (const name of ['one', 'two'] as const) {
      const core = await startFakeCore();
      const realm = await createRealm({
        flows: [browserFlow('app', { apiUrl: core.origin, serverKey: `\${vault.stepward_key}` })],
        clients: [{ clientId: 'app', flow: 'app' }],
        users: ['allow-1', 'block-1', 'challenge-1', 'down-1'].map((username) => ({ username })),
      });
      sides[name] = { core, realm };
      putKey(sides[name], keys[name]);
    }
  });
  afterAll(async () => {
    for (const { core, realm } of Object.values(sides)) {
      await realm.end();
      await core.end();
    }
  });

  it('ask each its own server with its own key', async () => {
    for (const name of ['one', 'two', 'one'] as const) (await logIn(sides[name].realm, 'allow-1')).answer();
    expect(sides.one.core.said.map(({ authorization }) => authorization)).toEqual([basic(keys.one), basic(keys.one)]);
    expect(sides.two.core.said.map(({ authorization }) => authorization)).toEqual([basic(keys.two)]);
  });

  it('a changed key is used at the next login, without a restart', async () => {
    putKey(sides.one, keys.next);
    (await logIn(sides.one.realm, 'allow-1')).answer();
    expect(sides.one.core.said.at(-1)?.authorization).toBe(basic(keys.next));
  });

  it('no key and no ticket is in what an administrator can read, nor in events or the log', async () => {
    const { realm, core } = sides.one;
    for (const username of ['block-1', 'challenge-1', 'down-1']) {
      const person = await logIn(realm, username);
      await person.open(`${core.about(username)[0]?.body.returnUrl}&stepward_ticket=ticket-of-this-login`);
    }
    const executions = await realm.get<readonly { readonly authenticationConfig?: string; readonly providerId?: string }[]>(
      '/authentication/flows/app/executions',
    );
    const ours = executions.find(({ providerId }) => providerId === 'stepward-authenticator');
    const config = await realm.get<{ readonly config: Readonly<Record<string, string>> }>(
      `/authentication/config/${ours?.authenticationConfig}`,
    );
    expect(config.config).toEqual({ 'stepward.apiUrl': core.origin, 'stepward.serverKey': `\${vault.stepward_key}` });
    const { body: exported } = await realm.call('POST', '/partial-export?exportClients=true&exportGroupsAndRoles=true');
    expect(JSON.stringify(exported)).toContain('stepward.apiUrl');
    const places = [
      JSON.stringify(exported),
      JSON.stringify(await realm.get('/admin-events')),
      JSON.stringify(await realm.get('/events')),
      readFileSync(keycloak.logFile, 'utf8'),
    ];
    const secrets = [...Object.values(keys), ...Object.values(keys).map(basic), 'ticket-of-this-login', 'challenge?c='];
    const crawl = (texts: readonly string[]) => secrets.filter((secret) => texts.some((text) => text.includes(secret)));
    expect(crawl(places)).toEqual([]);
    expect(crawl([...places, `planted: ${keys.two}`])).toEqual([keys.two]);
    const log = readFileSync(keycloak.logFile, 'utf8');
    expect(log).not.toContain('@example.org');
  });
});
