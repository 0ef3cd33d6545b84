import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, type OidcWorld, outcomeOf, signIn, startOidcWorld } from '../support/oidc.ts';
import { aucOf } from './support/auc.ts';

describe.skipIf(process.env.STEPWARD_LONG_TESTS !== '1')('I12: an authorization request tells nobody whether a user exists', () => {
  let world: OidcWorld;
  beforeAll(async () => {
    world = await startOidcWorld({
      variables: { STEPWARD_TRUSTED_PROXIES: '127.0.0.1,::1' },
      about: { domains: ['example.org'] },
    });
    await world.served.configure('signIn', { defaultUserActionResult: 'ALLOW' });
    await world.register({ upstream: undefined, subject: 'own' });
    const { url } = await ask(await world.app(), { login_hint: 'alice@example.org' });
    expect(outcomeOf(await signIn(world.browser(), url))).toBe('code');
  });
  afterAll(() => world?.end());

  it.each<Readonly<Record<string, string>>>([{}, { prompt: 'none' }])(
    'times with %o: AUC in 0.45 to 0.55 for a login_hint of somebody known and of nobody',
    async (more) => {
      const app = await world.app();
      let nth = 0;
      const request = (hint: string) => async (): Promise<void> => {
        const { url } = await ask(app, { login_hint: hint, ...more });
        // requests are limited by address
        nth += 1;
        const from = `203.0.${(nth >> 8) & 255}.${nth & 255}`;
        const response = await fetch(url, { redirect: 'manual', headers: { 'x-forwarded-for': from } });
        expect(response.status).toBe(303);
        await response.arrayBuffer();
      };
      const auc = await aucOf(request('alice@example.org'), request('never@example.org'));
      expect(auc).toBeGreaterThan(0.45);
      expect(auc).toBeLessThan(0.55);
    },
  );
});
