import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
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
import type { Realm } from './support/make-realm.ts';
import { createPerson } from './support/person.ts';
import { createRealm, hasKeycloak, keycloak } from './support/realm.ts';

const root = resolve(import.meta.dirname, '../..');

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
    settings: { 'stepward.apiUrl': '', 'stepward.serverKey': vaultReference },
    leave: ['direct-grant'],
  } as const;
  // the other layout has twice the writes, and each of them is a run
  const layouts = process.env.STEPWARD_LONG_TESTS ? (['risk', 'acr'] as const) : (['risk'] as const);
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

  it.each(layouts)(
    'layout %s: leaves logins as they were after each of its writes, and the next run brings it to its end',
    async (layout) => {
      const start = await exported(realm);
      const asIntended = { ...options, layout, settings: { ...options.settings, 'stepward.apiUrl': core.origin } };
      const install = await killedAfterEach(async (given) => {
        const snapshot = await given.snapshot();
        await applyPlan({ admin: given, tell }, planInstall(snapshot, asIntended), snapshot);
      });
      expect(install).toBeGreaterThan(15);
      expect(isEmpty(planInstall(await admin.snapshot(), asIntended))).toBe(true);
      const asked = core.tracked.length;
      await signsIn();
      expect(core.tracked).toHaveLength(asked + 1);

      const removal = await killedAfterEach(async (given) => applyRemoval({ admin: given, tell }, planRemoval(await given.snapshot())));
      expect(removal).toBeGreaterThan(2);
      expect(isNothing(planRemoval(await admin.snapshot()))).toBe(true);
      expect(await exported(realm)).toEqual(start);
    },
    300_000,
  );

  it.each(['create client scope stepward', 'create flow stepward-browser', 'a login through stepward-browser was tried: allowed'])(
    'by SIGKILL at “%s” leaves a realm that signs in, and the next run comes to its end',
    async (line) => {
      const start = await exported(realm);
      const args = [
        'keycloak',
        'apply',
        '--realm',
        realm.name,
        '--url',
        core.origin,
        '--server-key',
        vaultReference,
        '--leave',
        'direct-grant',
      ];
      const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', `${root}/adapters/cli/main.ts`, ...args], {
        cwd: installer.folder,
        env: { PATH: process.env.PATH, ...installer.env },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let out = '';
      const exit = new Promise<NodeJS.Signals | null>((done) => child.once('exit', (_, signal) => done(signal)));
      child.stdout.on('data', (text) => {
        out += text;
        if (out.includes(`${line}\n`)) child.kill('SIGKILL');
      });
      expect(await exit, out).toBe('SIGKILL');
      expect(await signsIn()).toBe(true);
      const { browserFlow } = await realm.get<{ readonly browserFlow: string }>('');
      expect(browserFlow).toBe('browser');
      expect(await installer.stepward('apply', '--leave', 'direct-grant')).toMatchObject({ exit: 0, err: '' });
      expect(await signsIn()).toBe(true);
      expect(await installer.stepward('uninstall')).toMatchObject({ exit: 0, err: '' });
      expect(await exported(realm)).toEqual(start);
    },
  );
});
