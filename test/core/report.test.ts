import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWorld, usual, type World } from '../support/stepward.ts';

const linkIn = (text: string): string => new URL(/http\S+\/challenge\/report\S+/.exec(text)?.[0] ?? '').searchParams.get('r') ?? '';

describe('"this was not me"', () => {
  let world: World;
  let link: string;
  beforeEach(async () => {
    world = await createWorld();
    await world.configure('signIn', { challengeValidFor: 3600 });
    await world.stepward.updateUser('ann', { email: 'ann@example.org', emailVerified: true });
    await world.stepward.enrollVerified('ann', { verificationMethod: 'EMAIL_OTP', email: 'other@example.org' });
    await expect.poll(() => world.mails.length).toBe(1);
    link = linkIn(world.mails[0]?.text ?? '');
  });
  afterEach(() => world.end());

  it('is a link in the notice, and opening it changes nothing', async () => {
    const before = await world.store.user('ann');
    expect(await world.stepward.reportNotMe(link, false)).toBe('known');
    expect(await world.store.user('ann')).toEqual(before);
  });

  it('voids earlier proofs and remembered devices when confirmed, and tells', async () => {
    world.pass(60_000);
    expect(await world.stepward.reportNotMe(link, true)).toBe('reported');
    expect((await world.store.user('ann'))?.proofsVoidBefore).toBe(world.now());
    const events = await world.store.drainOutbox(100, () => ({ ruleDays: [] }));
    expect(events).toContainEqual(expect.objectContaining({ type: 'authn_change_disputed', data: { userId: 'ann' } }));
  });

  it.each([
    ['an invented link', () => 'k.aaaa.bbbb'],
    ['a changed link', () => `${link.slice(0, -2)}AA`],
    ['nothing', () => ''],
    ['something huge', () => 'x'.repeat(100_000)],
  ])('takes no %s', async (_, r) => {
    const before = await world.store.user('ann');
    expect(await world.stepward.reportNotMe(r(), true)).toBe('unknown');
    expect(await world.store.user('ann')).toEqual(before);
  });

  it('takes no link older than 30 days', async () => {
    world.pass(31 * 86_400_000);
    expect(await world.stepward.reportNotMe(link, true)).toBe('unknown');
  });

  it('leaves a user who is gone alone', async () => {
    await world.stepward.deleteUser('ann');
    expect(await world.stepward.reportNotMe(link, true)).toBe('reported');
    expect(await world.store.user('ann')).toBeUndefined();
  });

  it('tracks go on as before', async () => {
    await world.stepward.reportNotMe(link, true);
    expect((await world.stepward.track({ ...usual, userId: 'ann' })).answer.state).toBe('CHALLENGE_REQUIRED');
  });
});
