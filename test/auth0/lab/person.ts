import { createHmac } from 'node:crypto';
import { type Asked, ask, outcomeOf, passByMail } from '../../support/oidc.ts';
import type { Stop, WebBrowser } from '../../support/web-browser.ts';
import type { ActionEvent, Effects } from '../sandbox/index.ts';
import type { Auth0World } from './world.ts';

/** What a browser brings home from the challenge. */
export type Home = { readonly state: string; readonly stepward_token: string };

/** One login of somebody of the tenant, in one browser or tab. */
export type Signing = Asked & {
  readonly browser: WebBrowser;
  readonly stop: Stop;
  /** What the Action was given, and did, in the first leg. */
  readonly event: ActionEvent;
  readonly effects: Effects;
};

export const emailOf = (userId: string): string => `${userId.replace('auth0|', '')}@example.org`;

/** Users by name, each with an address that the tenant vouches for. */
export const usersNamed = (...names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [`auth0|${name}`, { email: `${name}@example.org`, email_verified: true }]));

/** Begins a login; the browser stands at the challenge, or at the application. */
export const begin = async (
  world: Auth0World,
  userId: string,
  more: Readonly<Record<string, string>> = {},
  browser = world.browser(),
): Promise<Signing> => {
  const asked = await ask(world.app, { scope: 'openid email', ...more });
  const first = await browser.open(asked.url);
  const stop = first.text.includes('Sign in at the tenant') ? await browser.press(userId) : first;
  const { event, effects } = world.tenant.executions.at(-1) ?? {};
  if (!event || !effects) throw new Error('the Action did not run');
  return { ...asked, browser, stop, event, effects };
};

/** What the page that leaves would post. */
export const homeOf = ({ at }: WebBrowser): Home => {
  const field = (name: string): string => new RegExp(`name="${name}" value="([^"]*)"`).exec(at.text)?.[1] ?? '';
  const home = { state: field('state'), stepward_token: field('stepward_token') };
  if (home.state === '') throw new Error(`no way home at ${at.url}: ${at.text.slice(0, 2000)}`);
  return home;
};

/** Passes the challenge at which the browser stands, and stops before it goes home. */
export const pass = async (world: Auth0World, { browser, event }: Pick<Signing, 'browser' | 'event'>): Promise<Home> => {
  await passByMail(world, browser, emailOf(event.user.user_id));
  return homeOf(browser);
};

/** How a login ended at the application: `code`, an error with its reason, or the status of the tenant's own page. */
export const endOf = (stop: Stop): string => {
  if (stop.status !== 0) return String(stop.status);
  const outcome = outcomeOf(stop) ?? '';
  return outcome === 'code' ? outcome : `${outcome} ${stop.url.searchParams.get('error_description')}`;
};

/** Posts fields to the tenant from this browser, whatever page it stands at. */
export const postHome = async (world: Auth0World, browser: WebBrowser, fields: Readonly<Record<string, string>>): Promise<string> => {
  const { issuer } = world.tenant;
  const answer = await fetch(`${issuer}/continue`, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie: browser.cookieHeader(issuer) },
    body: new URLSearchParams(fields),
  });
  await answer.arrayBuffer();
  const location = answer.headers.get('location');
  return location === null ? String(answer.status) : endOf(await browser.open(location));
};

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token of these claims, signed by HS256 whatever its header says. */
export const signed = (claims: unknown, secret: string, header: object = { alg: 'HS256', typ: 'JWT' }): string => {
  const text = `${part(header)}.${part(claims)}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
};
