import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import type { TrackAnswer, TrackRequest } from '../../core/index.ts';
import type { Served } from '../support/served.ts';
import { watch } from './pages-watch.ts';

const userAgent = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36';
export const emailOf = (userId: string): string => `${userId}@example.org`;

/** Somebody with a browser of his own, whose device id the application knows. */
export type Person = {
  readonly userId: string;
  readonly email: string;
  /** What the application claims for this browser. */
  readonly deviceId: string;
  readonly page: Page;
  readonly context: BrowserContext;
  /** What the application tracks when this person signs in (or does something else). */
  track(more?: Partial<TrackRequest>): Promise<TrackAnswer>;
  /** Tracks, and goes where the application sends the browser. */
  begin(more?: Partial<TrackRequest>, query?: string): Promise<TrackAnswer>;
  press(name: string | RegExp): Promise<void>;
  type(code: string): Promise<void>;
  heading(): Promise<string>;
  /** Presses what has a code sent, and types the code. */
  proveByMail(button: string | RegExp, confirm?: string): Promise<void>;
  /** The query with which the browser came back to the application. */
  returned(): Promise<URLSearchParams>;
  /** Whether the application lets this return proceed. */
  validates(answer: TrackAnswer, token: string | null): Promise<boolean>;
  /** Policy violations, console errors and requests elsewhere, since last asked. */
  readonly violations: () => readonly string[];
};

export const createPerson = async (
  served: Served,
  browser: Browser,
  userId: string,
  options: BrowserContextOptions & { readonly vouched?: boolean } = {},
): Promise<Person> => {
  const { vouched = true, ...contextOptions } = options;
  const context = await browser.newContext({ userAgent, ...contextOptions });
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  const seen = await watch(page, served.url);
  const email = emailOf(userId);
  if (vouched) await served.api.updateUser(userId, { email, emailVerified: true });
  const deviceId = `device-of-${userId}-${Math.trunc(performance.now() * 1000)}`;

  const track: Person['track'] = async (more = {}) =>
    (
      await served.api.track({
        userId,
        action: 'signIn',
        redirectUrl: `${served.app.origin}/back`,
        ipAddress: '203.0.113.9',
        userAgent,
        deviceId,
        ...more,
      })
    ).answer;
  const press = async (name: string | RegExp): Promise<void> => {
    await page.getByRole('button', { name }).first().click();
    await page.waitForLoadState();
  };
  return {
    userId,
    email,
    deviceId,
    page,
    context,
    track,
    begin: async (more, query = '') => {
      const answer = await track(more);
      await page.goto(`${answer.url}${query}`);
      return answer;
    },
    press,
    type: (code) => page.fill('#code', code),
    heading: () => page.locator('h1').innerText(),
    proveByMail: async (button, confirm = 'Continue') => {
      const before = served.mails.length;
      await press(button);
      await page.fill('#code', await served.codeTo(email, before));
      await press(confirm);
    },
    returned: async () => {
      await page.waitForURL((at) => at.origin === served.app.origin);
      return new URL(page.url()).searchParams;
    },
    validates: async ({ idempotencyKey }, token) => {
      const action = (await served.api.validate({ token: token ?? '', userId, idempotencyKey })) as { readonly isValid: boolean };
      return action.isValid;
    },
    violations: () => seen.taken().filter((line) => !line.startsWith(`request to ${served.app.origin}/`)),
  };
};

/** What is plugged into a virtual authenticator's browser. */
const kinds = {
  passkey: { transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true },
  'security key': { transport: 'usb', hasResidentKey: false, hasUserVerification: false, isUserVerified: false },
} as const;

/** An authenticator of Chromium's own, that answers by itself. */
export const addAuthenticator = async (page: Page, kind: keyof typeof kinds = 'passkey') => {
  const session = await page.context().newCDPSession(page);
  await session.send('WebAuthn.enable');
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
    options: { protocol: 'ctap2', automaticPresenceSimulation: true, ...kinds[kind] },
  });
  const credentialsOf = async () => (await session.send('WebAuthn.getCredentials', { authenticatorId })).credentials;
  return {
    verifiesUser: (isUserVerified: boolean) => session.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified }),
    credentials: credentialsOf,
    take: async (credentials: Awaited<ReturnType<typeof credentialsOf>>) => {
      for (const credential of credentials) await session.send('WebAuthn.addCredential', { authenticatorId, credential });
    },
    clear: () => session.send('WebAuthn.clearCredentials', { authenticatorId }),
  };
};
