import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FakeKeycloakCore, startFakeCore } from './support/fake-core.ts';
import { browserFlow } from './support/flows.ts';
import { createPerson } from './support/person.ts';
import { createRealm, hasKeycloak, type Realm } from './support/realm.ts';

describe.skipIf(!hasKeycloak)('a login in a real Keycloak', () => {
  let core: FakeKeycloakCore;
  let realm: Realm;
  beforeAll(async () => {
    core = await startFakeCore();
    realm = await createRealm({
      flows: [browserFlow('deny', core.settings)],
      clients: [{ clientId: 'deny', flow: 'deny' }],
      users: [{ username: 'allow' }],
    });
  });
  afterAll(async () => {
    await realm?.end();
    await core?.end();
  });

  it('goes on where the core allows it', async () => {
    const ada = createPerson(realm);
    await ada.start('deny');
    await ada.logIn('allow');
    expect(ada.answer().get('code')).not.toBeNull();
  });
});
