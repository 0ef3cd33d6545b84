import { randomUUID } from 'node:crypto';
import express, { type ErrorRequestHandler, type Express, type Request, type Response } from 'express';
import * as oidc from 'openid-client';
import { type Answer, askApi, type Call, calls } from './ask-api.ts';

export type AppOptions = {
  readonly issuer: string;
  readonly clientId: string;
  /** Absent: a public client. */
  readonly clientSecret?: string;
  /** Where the API is, and what it is called in its tokens. */
  readonly api: string;
  readonly audience: string;
  /** Of this application. */
  readonly origin: string;
  /** Tokens are bound to a key of the session. */
  readonly dpop?: boolean;
};

type Wanted = Readonly<Record<string, string>>;

type Session = {
  token?: string;
  dpop?: oidc.DPoPHandle;
  /** An authorization request that is out, and the call that it is made for. */
  pending?: { readonly call: Call; readonly state: string; readonly nonce: string; readonly verifier: string; readonly wanted: Wanted };
};

const page = (text: string): string => `<!doctype html><html lang="en"><meta charset="utf-8"><title>Payments</title>
<style>body{font:16px/1.5 system-ui;max-width:32rem;margin:3rem auto}button{font:inherit;padding:.4rem .8rem}</style>
<h1>Payments</h1><p role="status">${text.replace(/[&<]/g, (char) => (char === '&' ? '&amp;' : '&lt;'))}</p>
<form method="post" action="/balance"><button>Show balance</button></form><form method="post" action="/pay"><button>Pay 2500</button></form></html>`;

/** An application that calls an API for its user, and does what the API answers: the loop of RFC 9470. */
export const createApp = async (options: AppOptions): Promise<Express> => {
  const { issuer, clientId, clientSecret, api, audience, origin, dpop = false } = options;
  const redirectUri = `${origin}/callback`;
  const isLocal = new URL(issuer).protocol === 'http:';
  const auth = clientSecret === undefined ? oidc.None() : oidc.ClientSecretBasic(clientSecret);
  // http is for trying it out on one machine
  const execute = isLocal ? [oidc.allowInsecureRequests] : [];
  const config = await oidc.discovery(new URL(issuer), clientId, undefined, auth, { execute });
  const sessions = new Map<string, Session>();

  const sessionOf = (request: Request, response: Response): Session => {
    const known = sessions.get(/(?:^|; )session=([^;]+)/.exec(request.headers.cookie ?? '')?.[1] ?? '');
    if (known) return known;
    const [id, session] = [randomUUID(), {}];
    sessions.set(id, session);
    response.cookie('session', id, { httpOnly: true, sameSite: 'lax', secure: origin.startsWith('https:') });
    return session;
  };

  /** Sends the user to sign in, as well as the API wants it. */
  const authorize = async (session: Session, response: Response, call: Call, wanted: Wanted): Promise<void> => {
    const [state, nonce, verifier] = [oidc.randomState(), oidc.randomNonce(), oidc.randomPKCECodeVerifier()];
    session.pending = { call, state, nonce, verifier, wanted };
    const challenge = { code_challenge: await oidc.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256' };
    const request = { redirect_uri: redirectUri, scope: 'openid', resource: audience, state, nonce, ...challenge, ...wanted };
    response.redirect(303, oidc.buildAuthorizationUrl(config, request).href);
  };
  const show = (response: Response, answer: Answer): void => {
    if (answer.outcome === 'done') response.send(page(JSON.stringify(answer.body)));
    else response.status(502).send(page(`The API did not do it: ${answer.outcome === 'failed' ? answer.status : 'authentication'}`));
  };

  /** Calls the API; a user who has just done what it wanted is not sent again. */
  const perform = async (session: Session, response: Response, call: Call, done?: Wanted): Promise<void> => {
    if (session.token === undefined) return authorize(session, response, call, {});
    const answer = await askApi(config, api, session.token, call, session.dpop);
    const isNew = answer.outcome === 'authenticate' && JSON.stringify(answer.wanted) !== JSON.stringify(done);
    return isNew ? authorize(session, response, call, answer.wanted) : show(response, answer);
  };

  const app = express();
  app.get('/', (_, response) => void response.send(page('What shall it be?')));
  for (const call of Object.keys(calls) as Call[])
    app.post(`/${call}`, (request, response) => perform(sessionOf(request, response), response, call));
  app.get('/callback', async (request, response) => {
    const session = sessionOf(request, response);
    const { pending } = session;
    session.pending = undefined;
    if (!pending) return void response.redirect(303, '/');
    const { call, state, nonce, verifier, wanted } = pending;
    session.dpop ??= dpop ? oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair('ES256')) : undefined;
    const tokens = await oidc.authorizationCodeGrant(
      config,
      new URL(request.originalUrl, origin),
      {
        pkceCodeVerifier: verifier,
        expectedState: state,
        expectedNonce: nonce,
        ...(wanted.max_age !== undefined && { maxAge: Number(wanted.max_age) }),
      },
      { resource: audience },
      { DPoP: session.dpop },
    );
    session.token = tokens.access_token;
    await perform(session, response, call, wanted);
  });
  const failed: ErrorRequestHandler = (error, _request, response, _next) => {
    const what = error instanceof oidc.AuthorizationResponseError ? error.error : undefined;
    if (what === undefined) console.error(error);
    response.status(what === undefined ? 502 : 403).send(page(`Not done: ${what ?? 'something does not answer'}.`));
  };
  app.use(failed);
  return app;
};
