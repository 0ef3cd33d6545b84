import { fromBase32, totpAt } from '../../adapters/authenticators/rfc6238.ts';
import { type Served, startServed } from '../../support/served.ts';
import type { Stop } from '../../support/web-browser.ts';
import { type Faults, startFaults } from './faults.ts';
import { browserFlow, directFlow, type FlowNode, type StepwardSettings } from './flows.ts';
import type { ClientSettings, Realm, RealmSettings, UserSettings } from './make-realm.ts';
import { createPerson, type Person } from './person.ts';
import { createRealm, keycloak } from './realm.ts';

/** Stepward on its real server, in this process, and a realm whose logins ask it. */
export type World = {
  readonly served: Served;
  /** Between the realm and Stepward: what it does to their calls. */
  readonly faults: Faults;
  readonly realm: Realm;
  person(headers?: Readonly<Record<string, string>>): Person;
  end(): Promise<void>;
};

export type WorldSettings = Omit<RealmSettings, 'flows' | 'clients' | 'users'> & {
  /** Settings of our execution by the name of the application whose logins it decides; its action has the same name unless set. */
  readonly logins: Readonly<Record<string, StepwardSettings>>;
  readonly users: readonly (string | UserSettings)[];
  readonly flows?: (settings: StepwardSettings) => readonly FlowNode[];
  readonly clients?: readonly ClientSettings[];
  readonly variables?: Readonly<Record<string, string>>;
};

export const startWorld = async ({ logins, users, flows, clients = [], variables, more }: WorldSettings): Promise<World> => {
  const served = await startServed({ STEPWARD_REDIRECT_ORIGINS: keycloak.url, ...variables }, { clock: 'real' });
  const faults = await startFaults(served.url);
  const common = { apiUrl: faults.url, challengeOrigin: served.url, serverKey: served.serverKey };
  const set = Object.entries(logins).map(([name, settings]) => [name, { ...common, action: name, ...settings }] as const);
  const realm = await createRealm({
    flows: [
      ...set.flatMap(([name, settings]) => [browserFlow(name, settings), directFlow(`${name}-direct`, settings)]),
      ...(flows?.(common) ?? []),
    ],
    clients: [...set.map(([name]) => ({ clientId: name, flow: name, direct: `${name}-direct` })), ...clients],
    users: users.map((user) => (typeof user === 'string' ? { username: user } : user)),
    more,
  });
  return {
    served,
    faults,
    realm,
    person: (headers) => createPerson(realm, headers),
    end: async () => {
      await realm.end();
      await faults.end();
      await served.end();
    },
  };
};

/** Goes on from Stepward's page that leaves: a browser does so by itself. */
export const leave = async (person: Person): Promise<Stop> => {
  const href = /<meta http-equiv="refresh" content="0; ?url=([^"]+)"/i.exec(person.at.text)?.[1];
  return href === undefined ? person.at : person.open(new URL(href.replaceAll('&amp;', '&'), person.at.url));
};

/** Proves the address on Stepward's page, and stands at the page that leaves, before it does. */
export const proveByMail = async ({ served }: World, person: Person, username: string): Promise<Stop> => {
  const seen = served.mails.length;
  await person.press(/send|code by e-mail/i);
  await person.press(/verify|continue|confirm/i, { code: await served.codeTo(`${username}@example.org`, seen) });
  if (person.at.text.includes('codes-saved')) await person.press('I have saved them');
  return person.at;
};

/** Proves the address, and comes back to Keycloak. */
export const passByMail = async (world: World, person: Person, username: string): Promise<Stop> => {
  await proveByMail(world, person, username);
  return leave(person);
};

/** Sets up an authenticator app on Stepward's page, which reaches the second level, and comes back to Keycloak. */
export const passByApp = async (person: Person): Promise<Stop> => {
  await person.press(/authenticator app/i);
  const [, shown = ''] = /<code class="secret"[^>]*>([^<]+)</.exec(person.at.text) ?? [];
  await person.press('Turn on', { code: totpAt(fromBase32(shown.replaceAll(' ', '')), Date.now() / 1000) });
  if (person.at.text.includes('codes-saved')) await person.press('I have saved them');
  return leave(person);
};

/** Where the leaving page would send the browser. */
export const leavingTo = ({ text }: Stop): URL => {
  const href = /<meta http-equiv="refresh" content="0; ?url=([^"]+)"/i.exec(text)?.[1];
  if (href === undefined) throw new Error(`not a page that leaves: ${text.slice(0, 600)}`);
  return new URL(href.replaceAll('&amp;', '&'));
};
