import type { TrackRequest, View, VisitAnswer } from '../../../core/index.ts';
import { fromBase32, totpAt } from '../../adapters/authenticators/rfc6238.ts';
import { createBrowser, type TestBrowser, usual, type World } from '../../support/stepward.ts';
import { createSoftwareAuthenticator } from '../../support/webauthn.ts';

/** A password that was stolen buys no more than this: a track of the action and its page. */
export type Asked = {
  readonly url: string;
  readonly idempotencyKey: string;
  readonly browser: TestBrowser;
  readonly cookie: string;
};

type Places = Pick<World, 'stepward'>;

let cookies = 0;
/** A fresh browser; its cookie is known, so that two nodes can be asked by one browser. */
const fresh = (on: Places): { readonly cookie: string; readonly browser: TestBrowser } => {
  const cookie = `browser-${++cookies}`;
  return { cookie, browser: createBrowser(on, { browser: cookie }) };
};

/** The same browser on another node. */
export const elsewhere = (on: Places, { cookie }: Asked): TestBrowser => createBrowser(on, { browser: cookie });

/** Tracks and opens the page in a browser (a fresh one, unless given). */
export const ask = async (on: Places, userId: string, request: Partial<TrackRequest> = {}, given?: TestBrowser): Promise<Asked> => {
  const { answer } = await on.stepward.track({ ...usual, userId, ...request });
  const { browser, cookie } = given ? { browser: given, cookie: '' } : fresh(on);
  await browser.open(answer.url);
  return { url: answer.url, idempotencyKey: answer.idempotencyKey, browser, cookie };
};

export const ceremonyOf = ({ view }: Pick<VisitAnswer, 'view'>): Extract<View, { page: 'ceremony' }>['ceremony'] => {
  if (view.page !== 'ceremony') throw new Error(`the page shows \`${view.page}\`, not a ceremony`);
  return view.ceremony;
};

type Method = Extract<View, { page: 'ceremony' }>['ceremony']['method'];

/** Chooses a method and says which challenge answers it. */
export const begin = async ({ browser, url }: Pick<Asked, 'browser' | 'url'>, method: Method): Promise<string> => {
  const answer = await browser.act(url, { do: 'choose', method });
  return ceremonyOf(answer).challengeId;
};

/** The code that an authenticator app shows. */
export const appCode = (secret: string, now: number): string => totpAt(fromBase32(secret), now / 1000);

/** A six-digit code that is not this one. */
export const otherCode = (code: string, by = 1): string => String((Number(code) + by) % 1_000_000).padStart(6, '0');

export type Person = {
  readonly userId: string;
  readonly email: string;
  readonly secret: string;
  readonly recoveryCodes: readonly string[];
};

/** Enrolls an authenticator app and a vouched address, and tells the secrets. The action `join` is made for it. */
export const enrolled = async (world: World, userId: string): Promise<Person> => {
  await world.configure('join', { defaultUserActionResult: 'CHALLENGE', enrollment: 'allow', verificationMethods: ['AUTHENTICATOR_APP'] });
  const email = `${userId}@example.org`;
  const asked = await ask(world, userId, { action: 'join', email, emailVerified: true });
  const { challengeId, shown } = ceremonyOf(await asked.browser.act(asked.url, { do: 'enroll', method: 'AUTHENTICATOR_APP' }));
  const { secret } = shown as { readonly secret: string };
  const { view } = await asked.browser.act(asked.url, { do: 'answer', challengeId, response: appCode(secret, world.now()) });
  if (view.page !== 'recovery-codes') throw new Error(`the page shows \`${view.page}\``);
  // the code that enrolled is spent: the next step has another
  world.pass(60_000);
  return { userId, email, secret, recoveryCodes: view.codes };
};

/** Adds the vouched address as an authenticator, as a host that has verified it itself. */
export const withEmail = async (
  world: Places,
  { userId, email }: Person,
  verificationMethod: 'EMAIL_OTP' | 'EMAIL_MAGIC_LINK' = 'EMAIL_OTP',
): Promise<void> => {
  await world.stepward.enrollVerified(userId, { verificationMethod, email });
};

/** Enrolls a WebAuthn credential in software as a user's first authenticator. An action `join-…` is made for it. */
export const enrolledPasskey = async (world: World, userId: string, method: 'PASSKEY' | 'SECURITY_KEY' = 'PASSKEY') => {
  const action = `join-${method}`;
  await world.configure(action, { defaultUserActionResult: 'CHALLENGE', enrollment: 'allow', verificationMethods: [method] });
  const authenticator = createSoftwareAuthenticator({ origin: world.environment.publicUrl.origin });
  const asked = await ask(world, userId, { action });
  const { challengeId, shown } = ceremonyOf(await asked.browser.act(asked.url, { do: 'enroll', method }));
  const response = authenticator.create(shown as Parameters<typeof authenticator.create>[0]);
  const { view } = await asked.browser.act(asked.url, { do: 'answer', challengeId, response });
  if (view.page !== 'recovery-codes') throw new Error(`the page shows \`${view.page}\``);
  return authenticator;
};

/** What `promise` was refused with; `proceeded` where it was not. */
export const refusal = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'proceeded',
    (error: unknown) => (typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : String(error)),
  );
