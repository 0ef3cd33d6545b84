import { setTimeout } from 'node:timers/promises';
import { type CalledFrom, type ClientAnswer, type ClientApi, type CredentialMethod, StepwardError } from '../../core/index.ts';
import { fromBase32, totpAt } from '../adapters/authenticators/rfc6238.ts';
import { usual, type World } from './stepward.ts';
import { emailOf, track } from './use-cases.ts';
import { createSoftwareAuthenticator } from './webauthn.ts';

export const pageOrigin = 'http://localhost:3000';

type Calls = { readonly [Name in Exclude<keyof ClientApi, 'authenticate' | 'init'>]: ClientApi[Name] };
type WithoutCaller<F> = F extends (caller: infer _, ...args: infer Args) => infer Answer ? (...args: Args) => Answer : never;

/** An application's page: it holds one token, and takes the one that a right answer brings, as the SDK does. */
export const createPage = (
  world: Pick<World, 'stepward'>,
  token: string,
  from: CalledFrom = { ipAddress: usual.ipAddress, userAgent: usual.userAgent },
) => {
  let held = token;
  const api = world.stepward.client;
  const call =
    (name: keyof Calls) =>
    async (...args: readonly unknown[]): Promise<unknown> => {
      const answer = await (api[name] as (...all: readonly unknown[]) => Promise<ClientAnswer>)(
        await api.authenticate(held, from),
        ...args,
      );
      if (typeof answer?.accessToken === 'string') held = answer.accessToken;
      return answer;
    };
  const names = [
    'listAuthenticators',
    'removeAuthenticator',
    'registrationOptions',
    'addCredential',
    'authenticationOptions',
    'verifyCredential',
    'enrollApp',
    'enrollEmail',
    'sendEmail',
    'finalizeLink',
    'verifyCode',
  ] as const;
  const calls = Object.fromEntries(names.map((name) => [name, call(name)])) as unknown as {
    readonly [Name in (typeof names)[number]]: WithoutCaller<Calls[Name]>;
  };
  return {
    ...calls,
    init: async () => api.init(await api.authenticate(held, from), held),
    get token() {
      return held;
    },
    set token(next: string) {
      held = next;
    },
  };
};
export type Page = ReturnType<typeof createPage>;

/** A page of a new action instance. */
export const pageOf = async (world: World, request: Parameters<typeof track>[1]) => {
  const answer = await track(world, request);
  return { answer, page: createPage(world, answer.token) };
};

/** The code that an authenticator app with this secret shows. */
export const appCode = (world: Pick<World, 'now'>, secret: string): string => totpAt(fromBase32(secret), world.now() / 1000);

export const otherCode = (code: string): string => `${code.slice(0, -1)}${code.endsWith('0') ? '1' : '0'}`;

export const createKey = () => createSoftwareAuthenticator({ origin: pageOrigin });
export type Key = ReturnType<typeof createKey>;

/** Registers a credential through the page. */
export const register = async (page: Page, key: Key, method: CredentialMethod = 'PASSKEY') => {
  const { challengeId, options } = await page.registrationOptions(method, {});
  return page.addCredential(method, { challengeId: String(challengeId), credential: key.create(options as Parameters<Key['create']>[0]) });
};

/** Proves one. */
export const prove = async (page: Page, key: Key, method: CredentialMethod = 'PASSKEY') => {
  const { challengeId, options } = await page.authenticationOptions(method, {});
  return page.verifyCredential(method, { challengeId: String(challengeId), credential: key.get(options as Parameters<Key['get']>[0]) });
};

/** A user whose first authenticator was enrolled on an action of policy `allow`, the clock a minute on. */
export const enrolledBy = {
  EMAIL_OTP: async (world: World, userId: string) => {
    await world.stepward.enrollVerified(userId, { verificationMethod: 'EMAIL_OTP', email: emailOf(userId) });
    world.pass(60_000);
    return emailOf(userId);
  },
  AUTHENTICATOR_APP: async (world: World, userId: string) => {
    await world.configure('first', { defaultUserActionResult: 'CHALLENGE', enrollment: 'allow' });
    const { page } = await pageOf(world, { userId, action: 'first' });
    const { secret } = await page.enrollApp();
    await page.verifyCode('AUTHENTICATOR_APP', appCode(world, String(secret)));
    world.pass(60_000);
    return String(secret);
  },
  PASSKEY: async (world: World, userId: string) => {
    await world.configure('first', { defaultUserActionResult: 'CHALLENGE', enrollment: 'allow' });
    const { page } = await pageOf(world, { userId, action: 'first' });
    const key = createKey();
    await register(page, key);
    world.pass(60_000);
    return key;
  },
};

/** The code that a call was refused with; undefined where it was not. */
export const codeOf = async (call: Promise<unknown>): Promise<string | undefined> => {
  try {
    await call;
    return undefined;
  } catch (error) {
    if (error instanceof StepwardError) return error.code;
    throw error;
  }
};

/** Lets what runs after an answer run. */
export const settle = (): Promise<void> => setTimeout(5);
