import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BrowserRequest, VisitAnswer } from '../../core/index.ts';
import { createWorld, type World } from '../support/stepward.ts';
import { emailOf, enrolledByEmail, refOf, track } from '../support/use-cases.ts';

describe('a visit that was begun in a frame and goes on in a window', () => {
  let world: World;
  let count = 0;
  beforeAll(async () => {
    world = await createWorld();
    await world.configure('signIn', { defaultUserActionResult: 'CHALLENGE' });
  });
  afterAll(() => world.end());

  const begun = async (mode: BrowserRequest['mode'] = 'frame') => {
    world.pass(60_000);
    count += 1;
    const userId = `mover-${count}`;
    await enrolledByEmail(world, userId);
    const answer = await track(world, { userId, binding: 'login' });
    const c = new URL(answer.url).searchParams.get('c') ?? '';
    const of = (own: BrowserRequest['mode'], browser?: string): BrowserRequest => ({ c, browser, mode: own, forceEnrollment: false });
    const opened = await world.stepward.visits.open(of(mode), true);
    return { userId, answer, of, opened, key: opened.windowKey ?? '', browser: opened.setBrowser ?? '' };
  };
  const visits = () => world.stepward.visits;
  const page = ({ view }: VisitAnswer) => view.page;

  it('belongs to the window then, and no more to the frame', async () => {
    const { userId, answer, of, key, browser } = await begun();
    const moved = await visits().moveToWindow(of('window'), key);
    expect(page(moved)).toBe('choose');
    expect(moved.setBrowser).not.toBe(browser);
    expect(page(await visits().open(of('frame', browser), true))).toBe('neutral');
    expect(page(await visits().act(of('frame', browser), { do: 'cancel' }))).toBe('neutral');
    const inWindow = of('window', moved.setBrowser);
    await visits().act(inWindow, { do: 'choose', method: 'EMAIL_OTP' });
    const ref = refOf(userId, answer);
    const { openChallengeId = '' } = (await world.store.instance(ref)) ?? {};
    await visits().act(inWindow, { do: 'answer', challengeId: openChallengeId, response: world.codeTo(emailOf(userId)) });
    const { message } = (await visits().leave(inWindow)) ?? {};
    expect(await world.stepward.consume(ref, { binding: 'login', token: message?.token })).toMatchObject({ state: 'CHALLENGE_SUCCEEDED' });
  });

  it('once, with the key of its own frame, into a window', async () => {
    const [first, second] = [await begun(), await begun()];
    expect(page(await visits().moveToWindow(first.of('window'), second.key))).toBe('neutral');
    expect(page(await visits().moveToWindow(first.of('window'), ''))).toBe('neutral');
    for (const mode of ['frame', 'redirect'] as const)
      expect(page(await visits().moveToWindow(first.of(mode, first.browser), first.key))).toBe('neutral');
    expect(page(await visits().open(first.of('frame', first.browser), true))).toBe('choose');
    const two = await Promise.all([1, 2].map(() => visits().moveToWindow(first.of('window'), first.key)));
    expect(two.map(page).sort()).toEqual(['choose', 'neutral']);
    expect(page(await visits().moveToWindow(first.of('window'), first.key))).toBe('neutral');
  });

  it('a tab and a window have no key', async () => {
    for (const mode of ['redirect', 'window'] as const) expect((await begun(mode)).opened.windowKey).toBeUndefined();
  });

  it('nobody who was not shown the frame learns the key', async () => {
    const { of } = await begun();
    expect(await visits().open(of('frame', 'another'), true)).toEqual({ view: { page: 'neutral' } });
  });

  it('what is finished cannot be moved to get its end', async () => {
    const { of, key, browser } = await begun();
    await visits().act(of('frame', browser), { do: 'cancel' });
    const moved = await visits().moveToWindow(of('window'), key);
    expect((await visits().leave(of('window', moved.setBrowser)))?.message?.token).toBeUndefined();
  });
});
