import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRealmAdmin } from '../../adapters/cli/keycloak/admin.ts';
import { connect } from '../../adapters/cli/keycloak/connect.ts';
import type { RealmAdmin } from '../../adapters/keycloak/admin.ts';
import { applyPlan } from '../../adapters/keycloak/apply.ts';
import { defaultOptions } from '../../adapters/keycloak/options.ts';
import { isEmpty, planInstall } from '../../adapters/keycloak/plan.ts';
import { applyRemoval, isNothing, planRemoval } from '../../adapters/keycloak/uninstall.ts';
import { type AnsweringCore, startAnsweringCore } from './support/answering-core.ts';
import { createInstaller, exported, type Installer, installerClient, vaultReference } from './support/installer.ts';
import { createPerson } from './support/person.ts';
import { createRealm, hasKeycloak, keycloak, type Realm } from './support/realm.ts';

class Killed extends Error {}

const reads: readonly string[] = ['snapshot', 'rows'] satisfies readonly (keyof RealmAdmin)[];

/** The admin API for as many writes as are given; then every call fails, as for a process that is gone. */
const mortal = (admin: RealmAdmin, writes: number): RealmAdmin => {
  let left = writes;
  return Object.fromEntries(
    Object.entries(admin).map(([name, call]) => [
      name,
      async (...args: never[]) => {
        if (left <= 0 && !reads.includes(name)) throw new Killed();
        if (!reads.includes(name)) left -= 1;
        return (call as (...all: never[]) => Promise<unknown>)(...args);
      },
    ]),
  ) as unknown as RealmAdmin;
};

describe.skipIf(!hasKeycloak)('an installer that is killed', () => {
  let core: AnsweringCore;
  let realm: Realm;
  let installer: Installer;
  let admin: RealmAdmin;
  beforeAll(async () => {
    core = await startAnsweringCore();
    realm = await createRealm({ clients: [{ clientId: 'shop' }, installerClient], users: [{ username: 'ada' }] });
    installer = await createInstaller(realm, core);
    const { STEPWARD_KEYCLOAK_CLIENT_ID: clientId = '', STEPWARD_KEYCLOAK_CLIENT_SECRET: clientSecret = '' } = installer.env;
    admin = createRealmAdmin(await connect({ url: keycloak.url, authRealm: realm.name, clientId, clientSecret }, realm.name));
  });
  afterAll(async () => {
    installer?.end();
    await realm?.end();
    await core?.end();
  });

  const options = {
    ...defaultOptions,
    layout: 'acr',
    settings: { 'stepward.apiUrl': '', 'stepward.serverKey': vaultReference },
    leave: ['direct-grant'],
  } as const;
  const tell = (): void => {};
  const signsIn = async (): Promise<boolean> => {
    const person = createPerson(realm);
    await person.start('shop');
    await person.logIn('ada');
    return person.answer().get('code') !== null;
  };
  /** Runs it with more and more writes until it comes to its end; after each the user signs in. */
  const killedAfterEach = async (run: (admin: RealmAdmin) => Promise<void>): Promise<number> => {
    for (let writes = 1; ; writes++) {
      const ended = await run(mortal(admin, writes)).then(
        () => true,
        (error: unknown) => {
          if (error instanceof Killed) return false;
          throw error;
        },
      );
      expect(await signsIn(), `after ${writes} writes`).toBe(true);
      if (ended) return writes;
    }
  };

  it('leaves logins as they were after each of its writes, and the next run brings it to its end', async () => {
    const start = await exported(realm);
    const asIntended = { ...options, settings: { ...options.settings, 'stepward.apiUrl': core.origin } };
    const install = await killedAfterEach(async (given) => {
      const snapshot = await given.snapshot();
      await applyPlan({ admin: given, tell }, planInstall(snapshot, asIntended), snapshot);
    });
    expect(install).toBeGreaterThan(20);
    expect(isEmpty(planInstall(await admin.snapshot(), asIntended))).toBe(true);
    const asked = core.tracked.length;
    await signsIn();
    expect(core.tracked).toHaveLength(asked + 1);

    const removal = await killedAfterEach(async (given) => applyRemoval({ admin: given, tell }, planRemoval(await given.snapshot())));
    expect(removal).toBeGreaterThan(3);
    expect(isNothing(planRemoval(await admin.snapshot()))).toBe(true);
    expect(await exported(realm)).toEqual(start);
  }, 300_000);
});
