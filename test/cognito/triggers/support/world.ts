import { type Served, startServed } from '../../../support/served.ts';
import { createBrowser } from '../../../support/stepward.ts';
import { ceremonyOf } from '../../../support/use-cases.ts';
import { type Env, environmentFor } from './triggers.ts';

/** A server of Stepward with an action for each outcome, and people who can be challenged. */
export const startWorld = async (about: Parameters<typeof startServed>[1] = {}) => {
  const served = await startServed({ STEPWARD_REDIRECT_ORIGINS: 'https://app.example' }, about);
  for (const [code, defaultUserActionResult] of [
    ['signIn', 'CHALLENGE'],
    ['open', 'ALLOW'],
    ['held', 'REVIEW'],
    ['shut', 'BLOCK'],
  ] as const)
    await served.configure(code, { defaultUserActionResult });
  let made = 0;
  return {
    served,
    environment: (more: Env = {}): Env => environmentFor(served.url, { ...more, STEPWARD_SERVER_KEY: served.serverKey }),
    /** A user of the pool without a factor. */
    person: (): string => {
      made += 1;
      return `00000000-0000-4000-8000-${String(made).padStart(12, '0')}`;
    },
    /** One with a proven address at Stepward. */
    enrolled: async (): Promise<string> => {
      made += 1;
      const sub = `10000000-0000-4000-8000-${String(made).padStart(12, '0')}`;
      await served.api.enrollVerified(sub, { verificationMethod: 'EMAIL_OTP', email: emailOf(sub) });
      served.pass(60_000);
      return sub;
    },
    instances: (sub: string) => served.api.queryUserActions(sub, { limit: 100 }),
    pass: (sub: string, url: string, mode: 'redirect' | 'popup' = 'redirect') => passPage(served, sub, url, mode),
  };
};
export type World = Awaited<ReturnType<typeof startWorld>>;

const emailOf = (sub: string): string => `${sub}@example.org`;

/** Passes the page in a browser of its own. @returns what the browser leaves with: the ticket, or in a popup the proof. */
const passPage = async (served: Served, sub: string, url: string, mode: 'redirect' | 'popup'): Promise<string> => {
  const browser = createBrowser(served.composed, { mode: mode === 'popup' ? 'frame' : mode });
  const seen = served.mails.length;
  const opened = await browser.open(url);
  if (opened.view.page !== 'leave') {
    const { challengeId } = ceremonyOf(await browser.act(url, { do: 'choose', method: 'EMAIL_OTP' }));
    const response = await served.codeTo(emailOf(sub), seen);
    const answered = await browser.act(url, { do: 'answer', challengeId, response, remember: false });
    if (answered.view.page === 'recovery-codes') await browser.act(url, { do: 'codes-saved' });
    served.pass(60_000);
  }
  const left = await browser.leave(url);
  const carried = mode === 'popup' ? left?.message?.token : left?.target?.ticket;
  if (carried === undefined) throw new Error('the page was left without a proof');
  return carried;
};
