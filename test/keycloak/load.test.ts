import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FakeKeycloakCore, startFakeCore } from './support/fake-core.ts';
import { browserFlow } from './support/flows.ts';
import type { Realm } from './support/make-realm.ts';
import { createPerson } from './support/person.ts';
import { createRealm, hasKeycloak, keycloak } from './support/realm.ts';

const isLong = process.env.STEPWARD_LONG_TESTS === '1';
const logins = 500;
const atOnce = 25;

let core: FakeKeycloakCore;
let realm: Realm;

const threads = (): readonly string[] => {
  const [pid] = execFileSync('pgrep', ['-f', `java.*--http-port=${new URL(keycloak.url).port}`], { encoding: 'utf8' }).split('\n');
  const dump = execFileSync('jcmd', [pid ?? '', 'Thread.print'], { encoding: 'utf8' });
  return [...dump.matchAll(/^"(HttpClient-[^"]*)"/gm)].map(([, name = '']) => name);
};

describe.skipIf(!hasKeycloak || !isLong)('five hundred logins', () => {
  beforeAll(async () => {
    core = await startFakeCore();
    realm = await createRealm({
      flows: [browserFlow('app', core.settings)],
      clients: [{ clientId: 'app', flow: 'app' }],
      users: Array.from({ length: atOnce }, (_, index) => ({ username: `allow-${index}` })),
    });
  });
  afterAll(async () => {
    await realm?.end();
    await core?.end();
  });

  it('use one pool of connections, leave no thread behind, and all go on', async () => {
    let left = logins;
    const one = async (username: string): Promise<void> => {
      while (left > 0) {
        left -= 1;
        const person = createPerson(realm);
        await person.start('app');
        await person.logIn(username);
        person.answer();
      }
    };
    await Promise.all(Array.from({ length: atOnce }, (_, index) => one(`allow-${index}`)));
    const selectors = threads().filter((name) => name.includes('SelectorManager'));
    expect(selectors).toHaveLength(1);
    const events = await realm.events('LOGIN');
    const added = events.map(({ details }) => Number(details?.stepward_ms)).sort((a, b) => a - b);
    expect(added).toHaveLength(logins);
    console.log(`added latency of ${logins} logins, ms: p50 ${added[logins / 2]}, p99 ${added[Math.floor(logins * 0.99)]}`);
  });
});
