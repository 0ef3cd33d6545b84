import { vi } from 'vitest';
import { accountIdOf } from '../../adapters/oidc/account.ts';
import { fromBase32, totpAt } from '../adapters/authenticators/rfc6238.ts';
import { ask, followLeaving, type OidcWorld, signIn } from './oidc.ts';
import type { Stop, WebBrowser } from './web-browser.ts';

/** Time as everything in this process reads it: Stepward, the identity provider, the application; it goes on, and a test moves it. */
export const moveTime = (): { pass(seconds: number): void; end(): void } => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now(), shouldAdvanceTime: true });
  return { pass: (seconds) => void vi.setSystemTime(Date.now() + seconds * 1000), end: () => void vi.useRealTimers() };
};

/** The account of somebody of the lab's identity provider. */
export const accountOf = ({ upstream }: OidcWorld, login: string): string => accountIdOf(upstream.issuer, login);

/** An authenticator app that somebody has. */
export type App = {
  /** Types its code on the page at which a browser stands, and goes where that leads. The next code is another one. */
  pass(browser: WebBrowser): Promise<Stop>;
};

const step = 30;

/** Somebody of the lab sets up an authenticator app, in a browser of its own. */
export const setUpApp = async (world: OidcWorld, time: ReturnType<typeof moveTime>, login: string): Promise<App> => {
  await world.served.configure('set-up-app', {
    defaultUserActionResult: 'CHALLENGE',
    verificationMethods: ['AUTHENTICATOR_APP'],
    enrollment: 'allow',
  });
  await world.register({ clientId: 'set-up', action: 'set-up-app' });
  const browser = world.browser();
  await signIn(browser, (await ask(await world.app('set-up'))).url, login);
  await browser.press(/authenticator app/i);
  const [, shown = ''] = /<code class="secret"[^>]*>([^<]+)</.exec(browser.at.text) ?? [];
  const key = fromBase32(shown.replaceAll(' ', ''));
  const code = (): string => totpAt(key, Date.now() / 1000);
  await browser.press('Turn on', { code: code() });
  await browser.press('I have saved them');
  return {
    pass: async (one) => {
      time.pass(step);
      await one.press(/authenticator app/i);
      await one.press(/^(Continue|Verify|Confirm)/, { code: code() });
      return followLeaving(one);
    },
  };
};
