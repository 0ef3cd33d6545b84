import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { moveTime } from '../support/oidc-person.ts';
import { begin, endOf, pass, type Signing, usersNamed } from './lab/person.ts';
import { useSamplePolicy } from './lab/policy.ts';
import { type Auth0World, startAuth0World } from './lab/world.ts';

const owed = 'access_denied interaction_required';

describe('prompt=none', () => {
  let world: Auth0World;
  beforeAll(async () => {
    world = await startAuth0World({ users: usersNamed('ada', 'bob', 'cyd', 'dan', 'eve') });
    await useSamplePolicy(world.served, 'redirect');
    await world.served.configure('signIn', { maxChallenges: 1 });
  });
  afterAll(() => world?.end());

  const silently = async ({ browser, event }: Signing): Promise<string> => {
    const { stop } = await begin(world, event.user.user_id, { prompt: 'none' }, browser);
    return endOf(stop);
  };

  const challenged: Readonly<Record<string, readonly [user: string, (signing: Signing) => Promise<void>]>> = {
    failed: [
      'auth0|ada',
      async ({ browser }) => {
        await browser.press(/send|code by e-mail/i);
        for (let tries = 0; tries < 5; tries++) await browser.press(/verify|continue|confirm/i, { code: '000000' });
        expect(endOf(await browser.press('Continue'))).toMatch(/^access_denied step_up_failed/);
      },
    ],
    cancelled: [
      'auth0|bob',
      async ({ browser }) => {
        await browser.press('Cancel');
        expect(endOf(await browser.press('Continue'))).toMatch(/^access_denied step_up_failed/);
      },
    ],
    abandoned: ['auth0|cyd', async () => undefined],
    'passed, and never brought home': ['auth0|dan', async (signing) => void (await pass(world, signing))],
  };

  it.each(Object.keys(challenged))('after a challenge that was %s there is no token, however often', async (how) => {
    const [user, run] = challenged[how] ?? [];
    const signing = await begin(world, user ?? '');
    await run?.(signing);
    for (let times = 0; times < 2; times++) expect(await silently(signing)).toBe(owed);
    // the session is there all the same: nobody is asked for a password again
    const again = await begin(world, user ?? '', {}, signing.browser);
    expect(again.stop.url.pathname).toBe('/challenge');
  });

  describe('after one that was passed', () => {
    let time: ReturnType<typeof moveTime> | undefined;
    afterEach(() => time?.end());
    it('there is a token without anything to do, for as long as the sample policy says', async () => {
      const signing = await begin(world, 'auth0|eve');
      await pass(world, signing);
      expect(endOf(await signing.browser.press('Continue'))).toBe('code');
      expect(await silently(signing)).toBe('code');
      const { event, effects } = world.tenant.executions.at(-1) ?? {};
      expect(event?.authentication).toMatchObject({ methods: [{ name: 'pwd' }, { name: `${world.served.url}/auth0` }] });
      expect(effects?.redirectedTo).toBeUndefined();

      time = moveTime();
      time.pass(42_000);
      expect(await silently(signing)).toBe('code');
      time.pass(2000);
      expect(await silently(signing)).toBe(owed);
      // somebody else's silent sign-in has proven nothing
      expect(await silently(await begin(world, 'auth0|cyd'))).toBe(owed);
    });
  });
});
