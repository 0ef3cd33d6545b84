import { mintToken } from '../../core/tokens.ts';
import { createBrowser, type World } from './stepward.ts';
import { enrolledByEmail, passByEmail, refOf, track } from './use-cases.ts';

/** People who finish challenges, and the tokens that they bring back; the app client `web` is there. */
export const sessionsOf = async (world: World) => {
  await world.management.createAppClient('test', { clientId: 'web' });
  await world.configure('signIn', { defaultUserActionResult: 'CHALLENGE' });
  await world.configure('free', { defaultUserActionResult: 'ALLOW' });
  let count = 0;
  const person = async (): Promise<string> => {
    count += 1;
    const userId = `session-${count}`;
    await enrolledByEmail(world, userId);
    return userId;
  };
  /** A challenge passed on the page: its return token, and the proof token that a finishing browser gets without a redirect. */
  const passed = async (userId: string, about: { readonly binding?: string } = {}) => {
    world.pass(61_000);
    const answer = await track(world, { userId, ...about });
    const browser = createBrowser(world);
    await passByEmail(world, browser, answer.url, `${userId}@example.org`);
    const ref = refOf(userId, answer);
    const instance = await world.store.instance(ref);
    if (!instance) throw new Error('no instance');
    return {
      answer,
      ref,
      token: (await browser.leave(answer.url))?.target?.token ?? '',
      proof: mintToken(world.ports, 'proof', instance, 10, world.now()),
    };
  };
  /** A session of somebody new, or of this user. */
  const opened = async (userId?: string, clientId = 'web') => {
    const who = userId ?? (await person());
    const { token, ref } = await passed(who);
    return { userId: who, ref, token, ...(await world.stepward.createSession({ clientId, token })) };
  };
  return { person, passed, opened };
};

/** The claims of a token, unchecked. */
export const claimsIn = (token: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
