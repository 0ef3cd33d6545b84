import { type Composed, compose } from '../../adapters/server/compose.ts';
import { type InstanceRef, StepwardError, type TrackRequest, type VerificationMethod, type VisitAnswer } from '../../core/index.ts';
import type { Message } from '../../core/ports/delivery.ts';
import { createBrowser, type TestBrowser, usual, type World } from './stepward.ts';

/** Another node on the database of this one, with the same clock, keys and mailbox. */
export const secondNode = async (world: World): Promise<Composed> => {
  const quiet = () => undefined;
  const node = await compose(world.environment, { now: world.now, warn: quiet, observe: quiet, write: quiet });
  Object.assign(node.ports.delivery, { send: async (message: Message) => void (world.mails as Message[]).push(message) });
  return node;
};

/** What a use case refused with; fails where it did not refuse. */
export const refusalOf = async (
  refused: Promise<unknown>,
): Promise<{ readonly code: string; readonly state?: string; readonly retryAfter?: number }> => {
  try {
    const answer = await refused;
    throw new Error(`not refused: ${JSON.stringify(answer)}`);
  } catch (error) {
    if (!(error instanceof StepwardError)) throw error;
    const { state, retryAfter } = error.extras;
    return { code: error.code, ...(state !== undefined && { state }), ...(retryAfter !== undefined && { retryAfter }) };
  }
};

export const track = async (world: Pick<World, 'stepward'>, request: Partial<TrackRequest> & { readonly userId: string }) =>
  (await world.stepward.track({ ...usual, ...request })).answer;

export const refOf = (userId: string, answer: { readonly idempotencyKey: string }, action: string = usual.action): InstanceRef => ({
  userId,
  action,
  idempotencyKey: answer.idempotencyKey,
});

export const emailOf = (userId: string): string => `${userId}@example.org`;

/** A user with a proven e-mail address, as one that enrolled before. */
export const enrolledByEmail = async (world: World, userId: string, email: string = emailOf(userId)): Promise<string> => {
  await world.stepward.enrollVerified(userId, { verificationMethod: 'EMAIL_OTP', email });
  world.pass(60_000);
  return email;
};

export const ceremonyOf = ({ view }: VisitAnswer) => {
  if (view.page !== 'ceremony') throw new Error(`no ceremony but page \`${view.page}\``);
  return view.ceremony;
};

export const start = async (browser: TestBrowser, url: string, method: VerificationMethod) =>
  ceremonyOf(await browser.act(url, { do: 'choose', method }));

/** Opens the page and types the code that was mailed; recovery codes are taken as saved. */
export const passByEmail = async (
  world: World,
  browser: TestBrowser,
  url: string,
  email: string,
  remember = false,
): Promise<VisitAnswer> => {
  const opened = await browser.open(url);
  if (opened.view.page === 'leave') return opened;
  const { challengeId } = await start(browser, url, 'EMAIL_OTP');
  const answered = await browser.act(url, { do: 'answer', challengeId, response: world.codeTo(email), remember });
  return answered.view.page === 'recovery-codes' ? browser.act(url, { do: 'codes-saved' }) : answered;
};

/** A code that the newest mail to this address does not have. */
export const wrongCode = (world: World, address: string): string => (world.codeTo(address) === '000000' ? '000001' : '000000');

/** Tracks, passes the page in this browser and consumes with binding and ticket; the clock goes on by a minute. */
export const proceed = async (
  world: World,
  browser: TestBrowser,
  request: Partial<TrackRequest> & { readonly userId: string },
  email: string,
  remember = false,
) => {
  const answer = await track(world, { binding: 'login-session', ...request });
  await passByEmail(world, browser, answer.url, email, remember);
  const ticket = (await browser.leave(answer.url))?.target?.ticket;
  const ref = refOf(request.userId, answer, request.action);
  const consumed = await world.stepward.consume(ref, { binding: request.binding ?? 'login-session', ...(ticket && { ticket }) });
  world.pass(60_000);
  return { answer, consumed, ref, ticket };
};

/** A browser elsewhere: another network and another agent family. */
export const browserElsewhere = (world: World): TestBrowser =>
  createBrowser(world, {
    ipAddress: '198.51.100.77',
    userAgent: 'Mozilla/5.0 (Macintosh; Intel Mac OS X 14.4; rv:140.0) Gecko/20100101 Firefox/140.0',
  });

type ChallengeRequest = Parameters<World['stepward']['challenge']>[0];

/** People whom the server API challenges by e-mail; each is another one. */
export const serverChallenges = (world: () => World) => {
  let count = 0;
  const person = (): string => {
    count += 1;
    return `person-${count}`;
  };
  const vouched = async (userId = person()): Promise<string> => {
    await world().stepward.updateUser(userId, { email: emailOf(userId), emailVerified: true });
    return userId;
  };
  const challenged = (userId: string, about: Partial<ChallengeRequest> = {}) =>
    world().stepward.challenge({ userId, email: emailOf(userId), ...about });
  /** The id of a challenge whose code was typed. */
  const verified = async (userId: string, about: Partial<ChallengeRequest> = {}): Promise<string> => {
    const { challengeId } = await challenged(userId, about);
    const answer = await world().stepward.verify({ challengeId, verificationCode: world().codeTo(emailOf(userId)) });
    if (answer.isVerified !== true) throw new Error(`not verified: ${JSON.stringify(answer)}`);
    return challengeId;
  };
  return { person, vouched, challenged, verified };
};
