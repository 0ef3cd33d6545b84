import express, { type ErrorRequestHandler, type Express, type Request, type RequestHandler, type Response } from 'express';
import { type Account, type Accounts, createAccounts } from './accounts.ts';
import { accountPage, messagePage, signInPage, signUpPage } from './pages.ts';
import { placeOf } from './places.ts';
import { createSessions, deviceId, isFromHere, type Pending, type Session } from './sessions.ts';
import { ask, isProven, type Sdk } from './step-up.ts';
import { withdrawalOf } from './withdrawal.ts';

export type AppOptions = {
  readonly authsignal: Sdk;
  /** Where this application is reached, without a slash at the end. */
  readonly url: string;
  readonly accounts?: Accounts;
};

const field = (request: Request, name: string): string => {
  const value = (request.body as Record<string, unknown> | undefined)?.[name];
  return typeof value === 'string' ? value : '';
};

// no `form-action`: it would also stop the redirect that answers a form on its way to the challenge
const policy = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'";

/** A bank as there are many: a password, an account, a withdrawal. Stepward is asked before the two that matter. */
export const createApp = ({ authsignal, url, accounts = createAccounts() }: AppOptions): Express => {
  const app = express();
  const sessions = createSessions();

  const finish = (request: Request, response: Response, session: Session, { userId, purpose }: Omit<Pending, 'idempotencyKey'>): void => {
    delete session.pending;
    if (purpose.kind === 'sign-in') {
      sessions.renew(request, response, userId);
    } else {
      const account = accounts.byId(userId);
      if (account) account.balance -= purpose.amount;
      session.notice = `${purpose.amount.toFixed(2)} euros are on the way to ${purpose.payee}.`;
    }
    response.redirect(303, '/');
  };

  /** Asks, and does what the answer says. */
  const stepUp = async (
    request: Request,
    response: Response,
    session: Session,
    account: Account,
    purpose: Pending['purpose'],
    more: { readonly custom?: Readonly<Record<string, number>>; readonly display?: readonly object[] } = {},
  ): Promise<void> => {
    const { userId, email } = account;
    const action = purpose.kind === 'sign-in' ? 'signIn' : 'withdraw-funds';
    const answer = await ask(authsignal, {
      ...{ userId, action, email, redirectUrl: `${url}/return`, ...more },
      ipAddress: placeOf(session.place).ipAddress,
      userAgent: request.headers['user-agent'],
      deviceId: deviceId(request, response),
    });
    switch (answer.effect) {
      case 'proceed':
        return finish(request, response, session, { userId, action, purpose });
      case 'challenge':
        session.pending = { userId, action, idempotencyKey: answer.idempotencyKey, purpose };
        return response.redirect(303, answer.url);
      case 'hold':
        response.status(403).send(messagePage('One moment', `A person looks at this first. Reference: ${answer.reference}`));
        return;
      default:
        response.status(403).send(messagePage('Not possible', 'This cannot be done now. Please call us.'));
    }
  };

  const own: RequestHandler = (request, response, next) => {
    if (isFromHere(sessions.of(request, response), field(request, 'csrf'))) next();
    else response.status(403).send(messagePage('Not sent', 'The form was too old. Please open it again.'));
  };

  app.disable('x-powered-by');
  app.use((request, response, next) => {
    response.set({ 'Content-Security-Policy': policy, 'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'same-origin' });
    deviceId(request, response);
    next();
  });
  app.use(express.static(`${import.meta.dirname}/public`, { index: false }));
  app.use(express.urlencoded({ extended: false, limit: '10kb' }));

  app.get('/', (request, response) => {
    const session = sessions.of(request, response);
    const account = accounts.byId(session.userId ?? '');
    if (account) response.send(accountPage(session, account));
    else response.redirect(303, '/sign-in');
  });
  app.get('/sign-in', (request, response) => void response.send(signInPage(sessions.of(request, response))));
  app.get('/sign-up', (request, response) => void response.send(signUpPage(sessions.of(request, response))));

  app.post('/sign-up', own, async (request, response) => {
    const session = sessions.of(request, response);
    const [email, password] = [field(request, 'email'), field(request, 'password')];
    const account = password.length < 8 || !email.includes('@') ? undefined : await accounts.create(email, password);
    if (!account) {
      session.notice = 'This address has an account, or the password is shorter than 8 characters.';
      return response.redirect(303, '/sign-up');
    }
    // Without an address that somebody vouches for, nobody can enroll. A real application has this one confirmed by a link first.
    await authsignal.updateUser({ userId: account.userId, attributes: { email: account.email, emailVerified: true } });
    session.notice = 'Your account is open. Sign in.';
    response.redirect(303, '/sign-in');
  });

  app.post('/sign-in', own, async (request, response) => {
    const session = sessions.of(request, response);
    session.place = placeOf(field(request, 'place')).id;
    const account = await accounts.withPassword(field(request, 'email'), field(request, 'password'));
    if (account) return stepUp(request, response, session, account, { kind: 'sign-in' });
    session.notice = 'The address or the password is not right.';
    response.redirect(303, '/sign-in');
  });

  app.post('/withdraw', own, async (request, response) => {
    const session = sessions.of(request, response);
    session.place = placeOf(field(request, 'place')).id;
    const account = accounts.byId(session.userId ?? '');
    if (!account) return response.redirect(303, '/sign-in');
    const withdrawal = withdrawalOf(field(request, 'amount'), field(request, 'payee'), account.balance);
    if (withdrawal) {
      const { purpose, custom, display } = withdrawal;
      return stepUp(request, response, session, account, purpose, { custom, display });
    }
    session.notice = 'Give an amount that the account has, and a payee.';
    response.redirect(303, '/');
  });

  app.get('/return', async (request, response) => {
    const session = sessions.of(request, response);
    const { pending } = session;
    const { token } = request.query;
    if (!pending) return void response.status(403).send(messagePage('Nothing to continue', 'This browser did not begin anything.'));
    // an answer that could not be had leaves it pending: the page can be loaded again
    const proven = typeof token === 'string' && (await isProven(authsignal, pending, token));
    if (proven) return finish(request, response, session, pending);
    delete session.pending;
    response.status(403).send(messagePage('Not confirmed', 'Nothing was done. You can begin again.'));
  });

  app.post('/sign-out', own, (request, response) => {
    sessions.renew(request, response, undefined);
    response.redirect(303, '/sign-in');
  });

  // no decision, no entry
  const failed: ErrorRequestHandler = (_error, _request, response, _next) => {
    response.status(503).send(messagePage('Not now', 'We could not check this. Please try again in a minute.'));
  };
  app.use(failed);
  return app;
};
