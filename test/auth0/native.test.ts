import * as openid from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { begin, endOf, type Signing } from './lab/person.ts';
import { useSamplePolicy } from './lab/policy.ts';
import { type Auth0World, startAuth0World } from './lab/world.ts';

const withFactors = (...types: readonly string[]) => ({
  email: 'someone@example.org',
  email_verified: true,
  enrolledFactors: types.map((type) => ({ type })),
});

describe('native mode: the tenant asks for its own factors', () => {
  let world: Auth0World;
  beforeAll(async () => {
    world = await startAuth0World({
      metadata: { app: { stepward_mode: 'native' } },
      users: {
        'auth0|several': withFactors('otp', 'phone', 'recovery-code'),
        'auth0|one': withFactors('otp'),
        'auth0|none': withFactors(),
        'auth0|codes': withFactors('recovery-code'),
      },
    });
    await useSamplePolicy(world.served, 'native');
  });
  afterAll(() => world?.end());

  const claimsOf = async (signing: Signing, stop = signing.stop) =>
    (await openid.authorizationCodeGrant(world.app, stop.url, signing.checks)).claims();
  const asks = ({ effects }: Signing) => effects.calls.filter((call) => call.startsWith('authentication.'));

  it('several: the user chooses; `amr` says so, in this login alone; the next track carries the proof and its time', async () => {
    const signing = await begin(world, 'auth0|several');
    expect(asks(signing)).toEqual(['authentication.challengeWithAny']);
    expect(signing.effects.challenged?.slice(0, 2).toSorted()).toEqual(['otp', 'phone']);
    expect(signing.effects.redirectedTo).toBeUndefined();
    const began = Date.now();
    const claims = await claimsOf(signing, await signing.browser.press('phone'));
    expect(claims).toMatchObject({ amr: ['mfa'] });

    const silent = await begin(world, 'auth0|several', { prompt: 'none' }, signing.browser);
    expect(endOf(silent.stop)).toBe('code');
    expect((await claimsOf(silent))?.amr).toBeUndefined();
    const { context } = (world.calls.at(-1)?.body ?? {}) as { readonly context: { readonly authenticationMethods: readonly unknown[] } };
    const mfa = context.authenticationMethods.find((one) => (one as { readonly method: string }).method === 'mfa');
    expect(mfa).toEqual({ method: 'mfa', at: expect.any(String) });
    expect(Math.abs(Date.parse((mfa as { readonly at: string }).at) - began)).toBeLessThan(60_000);
    expect(context).toMatchObject({ challengedBy: 'host' });
  });

  it('one: it is asked for', async () => {
    const signing = await begin(world, 'auth0|one');
    expect([asks(signing), signing.effects.challenged]).toEqual([['authentication.challengeWith'], ['otp']]);
    expect(endOf(await signing.browser.press('otp'))).toBe('code');
  });

  it.each(['auth0|none', 'auth0|codes'])('nothing usable (%s): denied, with no empty call', async (user) => {
    const signing = await begin(world, user);
    expect(asks(signing)).toEqual([]);
    expect(endOf(signing.stop)).toMatch(/^access_denied \S/);
    expect(signing.effects).toMatchObject({ denied: expect.any(String) });
  });

  it('not passed: no token', async () => {
    const signing = await begin(world, 'auth0|one');
    expect(endOf(await signing.browser.press('cancel'))).toMatch(/^access_denied/);
    expect(endOf((await begin(world, 'auth0|one', { prompt: 'none' }, signing.browser)).stop)).toBe('access_denied interaction_required');
  });
});
