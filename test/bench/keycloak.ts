import { buildKeycloakJar } from '../../scripts/build-keycloak.ts';
import { missingForKeycloak } from '../keycloak/server/distribution.ts';
import { allowLiteralKey, startKeycloak } from '../keycloak/server/start.ts';
import { keycloakVersions } from '../keycloak/server/versions.ts';
import { browserFlow, loginFlow } from '../keycloak/support/flows.ts';
import { makeRealm, type Realm } from '../keycloak/support/make-realm.ts';
import { createPerson } from '../keycloak/support/person.ts';
import { startServed } from '../support/served.ts';
import { median, spreadOf } from './load.ts';
import type { Result } from './result.ts';
import { rounds } from './track.ts';

const mostAddedMs = 10;
const users = 10;

/** Milliseconds from the password to the answer at the application. */
const logIn = async (realm: Realm, clientId: string, username: string): Promise<number> => {
  const person = createPerson(realm);
  await person.start(clientId);
  const began = performance.now();
  await person.logIn(username);
  const took = performance.now() - began;
  person.answer();
  return took;
};

/** What the jar adds to an allowed login: both flows in one Keycloak, in turn, with a real Stepward beside it. */
export const benchKeycloak = async (times = 20): Promise<readonly Result[]> => {
  const missing = missingForKeycloak();
  if (missing !== undefined) {
    process.stderr.write(`skipped: what Keycloak's logins cost (${missing})\n`);
    return [];
  }
  const keycloak = await startKeycloak({
    version: keycloakVersions.current,
    jar: buildKeycloakJar(),
    env: allowLiteralKey,
  });
  const served = await startServed({ STEPWARD_REDIRECT_ORIGINS: keycloak.url }, { clock: 'real' });
  try {
    await served.configure('signIn', { defaultUserActionResult: 'ALLOW' });
    const realm = await makeRealm(keycloak, {
      flows: [
        { flow: 'plain', of: [loginFlow('plain-login')] },
        browserFlow('asking', { apiUrl: served.url, serverKey: served.serverKey }),
      ],
      clients: ['plain', 'asking'].map((clientId) => ({ clientId, flow: clientId })),
      users: Array.from({ length: users }, (_, index) => ({ username: `user-${index}` })),
    });
    const ours: number[] = [];
    const theirs: number[] = [];
    // the first round warms both up
    for (let round = 0; round <= rounds; round += 1) {
      const [asking, plain]: [number[], number[]] = [[], []];
      for (let turn = 0; turn < times; turn += 1) {
        asking.push(await logIn(realm, 'asking', `user-${turn % users}`));
        plain.push(await logIn(realm, 'plain', `user-${turn % users}`));
      }
      if (round > 0) {
        ours.push(median(asking));
        theirs.push(median(plain));
      }
    }
    const added = ours.map((value, round) => value - (theirs[round] ?? value));
    const ratios = ours.map((value, round) => value / (theirs[round] ?? value));
    return [
      {
        name: 'Keycloak, an allowed login',
        ours: median(ours),
        theirs: median(theirs),
        against: 'the same flow without the jar',
        ratio: median(ratios),
        spread: spreadOf(ratios),
        unit: 'ms/login',
      },
      {
        name: 'Keycloak, added by the jar at the median',
        ours: median(added),
        theirs: mostAddedMs,
        against: 'the most that it may',
        ratio: median(added) / mostAddedMs,
        spread: spreadOf(added.map((value) => value / mostAddedMs)),
        unit: 'ms/login',
      },
    ];
  } finally {
    await served.end();
    await keycloak.stop();
  }
};
