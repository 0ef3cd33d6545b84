import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildCognito } from '../../../scripts/build-cognito.ts';
import { type Served, startServed } from '../../support/served.ts';
import { createBrowser, type TestBrowser } from '../../support/stepward.ts';
import { ceremonyOf } from '../../support/use-cases.ts';
import { type Lambdas, startLambdas } from '../lambda-host/index.ts';
import { type Json, startUserPool, type UserPool, type UserPoolOptions } from '../simulator/index.ts';
import { createPerson, type PersonOptions } from '../support/person.ts';

/** What the policy says of a user, by the domain of the address. */
export type Decision = 'allow' | 'challenge' | 'block' | 'review';

export type Member = { readonly username: string; readonly password: string; readonly email: string; readonly sub: string };

export type CognitoWorld = {
  readonly served: Served;
  readonly pool: UserPool;
  readonly lambdas: Lambdas;
  /** Changes settings of the functions, from the usual ones on. */
  configure(more?: Readonly<Record<string, string>>): Promise<void>;
  /** Somebody new in the pool, with an address that the pool vouches for. */
  member(decision: Decision, more?: { readonly groups?: readonly string[]; readonly totpSecret?: string }): Promise<Member>;
  person(member: Pick<Member, 'username' | 'password'>, more?: Partial<PersonOptions>): ReturnType<typeof createPerson>;
  /** Passes the page of a challenge. @returns the ticket with which the browser leaves. */
  pass(member: Member, url: string, browser?: TestBrowser): Promise<string>;
  instances(member: Member): ReturnType<Served['api']['queryUserActions']>;
  end(): Promise<void>;
};

const closed: Json = {
  ExplicitAuthFlows: ['ALLOW_CUSTOM_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
  PreventUserExistenceErrors: 'ENABLED',
  AuthSessionValidity: 15,
};
const slots = {
  DefineAuthChallenge: 'define',
  CreateAuthChallenge: 'create',
  VerifyAuthChallengeResponse: 'verify',
  PreTokenGeneration: 'pre-token',
} as const;

/** A Stepward, a user pool and between them the built triggers, each in processes of its own; all by the system's clock. */
export const startCognitoWorld = async (options: Partial<UserPoolOptions> = {}): Promise<CognitoWorld> => {
  const folder = mkdtempSync(join(tmpdir(), 'stepward-triggers-'));
  for (const [name, text] of await buildCognito()) writeFileSync(join(folder, name), text);
  const served = await startServed({}, { clock: 'real' });
  const rule = (type: string) => ({ type, conditions: { '==': [{ var: 'user.emailDomain' }, `${type.toLowerCase()}.example`] } });
  await served.configure('signIn', { defaultUserActionResult: 'CHALLENGE' }, ['ALLOW', 'BLOCK', 'REVIEW'].map(rule));
  const files = Object.fromEntries([...Object.values(slots), 'router'].map((name) => [name, join(folder, `${name}.mjs`)]));
  const lambdas = await startLambdas({ files });
  const pool = await startUserPool({
    lambdas,
    triggers: slots,
    ...options,
    // `open` is what a pool has before anybody closes its flows
    clients: { app: closed, server: { ...closed, GenerateSecret: true }, popup: closed, open: {}, ...options.clients },
  });
  const returnUrls = {
    ...Object.fromEntries(
      ['app', 'server', 'open', ...Object.keys(options.clients ?? {})].map((name) => [pool.client(name).id, `${served.app.origin}/back`]),
    ),
    [pool.client('popup').id]: 'popup',
  };
  const configure: CognitoWorld['configure'] = (more = {}) =>
    lambdas.configure({
      STEPWARD_URL: served.url,
      STEPWARD_SERVER_KEY: served.serverKey,
      STEPWARD_RETURN_URLS: JSON.stringify(returnUrls),
      STEPWARD_GATE: 'admit',
      ...more,
    });
  await configure();

  let made = 0;
  return {
    served,
    pool,
    lambdas,
    configure,
    member: async (decision, more) => {
      const username = `user${++made}`;
      const email = `${username}@${decision}.example`;
      const password = `Correct-horse-${made}`;
      const { sub } = await pool.addUser({ username, password, attributes: { email, email_verified: 'true' }, ...more });
      return { username, password, email, sub };
    },
    person: ({ username, password }, more) => createPerson(pool, { client: 'app', username, password, ...more }),
    pass: async ({ email }, url, browser = createBrowser(served.composed)) => {
      const seen = served.mails.length;
      await browser.open(url);
      const { challengeId } = ceremonyOf(await browser.act(url, { do: 'choose', method: 'EMAIL_OTP' }));
      const response = await served.codeTo(email, seen);
      const answered = await browser.act(url, { do: 'answer', challengeId, response, remember: false });
      if (answered.view.page === 'recovery-codes') await browser.act(url, { do: 'codes-saved' });
      const ticket = (await browser.leave(url))?.target?.ticket;
      if (ticket === undefined) throw new Error('the page was left without a ticket');
      return ticket;
    },
    instances: ({ sub }) => served.api.queryUserActions(sub, { limit: 100 }),
    end: async () => {
      await pool.stop();
      await lambdas.stop();
      await served.end();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
