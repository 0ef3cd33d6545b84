import { randomUUID } from 'node:crypto';
import type { Authsignal } from '@authsignal/node';
import express, { type ErrorRequestHandler, type Express } from 'express';
import { pageScript } from './page-script.ts';

/** Somebody who is signed in already, and what he has asked for. */
type Session = { readonly userId: string; pending?: { readonly idempotencyKey: string } };

const action = 'transfer';

const page = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Transfer</title><style>body{font:16px/1.5 system-ui;max-width:26rem;margin:3rem auto;padding:0 1rem}button{font:inherit;padding:.4rem .8rem}</style>
<h1>Transfer 2500 to ACME</h1>
<button data-mode="popup">Transfer, asked over this page</button>
<button data-mode="window">Transfer, asked in a window</button>
<p id="status" role="status"></p><script src="/page.js"></script></html>`;

/** An application that shows the challenge over its own page or in a window: the server tracks before and validates after. */
export const createApp = async (options: {
  readonly authsignal: Authsignal;
  /** Public URL of Stepward, as browsers reach it. */
  readonly stepward: string;
  readonly tenantId: string;
}): Promise<Express> => {
  const { authsignal, stepward, tenantId } = options;
  const script = await pageScript();
  const sessions = new Map<string, Session>();
  const app = express();
  app.use(express.json());

  const sessionOf = (cookie = ''): Session | undefined => sessions.get(/(?:^|; )session=([^;]+)/.exec(cookie)?.[1] ?? '');

  app.get('/', (request, response) => {
    if (!sessionOf(request.headers.cookie)) {
      const id = randomUUID();
      // your sign-in goes here
      sessions.set(id, { userId: 'ada' });
      response.cookie('session', id, { httpOnly: true, sameSite: 'lax' });
    }
    // with `same-origin` the browser would cut the window from this page
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin-allow-popups');
    response.send(page);
  });
  app.get('/page.js', (_, response) => void response.type('js').send(script));

  app.post('/transfer', async (request, response) => {
    const session = sessionOf(request.headers.cookie);
    if (!session) return void response.status(401).json({ outcome: 'denied' });
    const idempotencyKey = randomUUID();
    const result = await authsignal.track({
      userId: session.userId,
      action,
      attributes: { idempotencyKey, ipAddress: request.ip ?? '', userAgent: request.headers['user-agent'] ?? '' },
    });
    switch (result.state) {
      case 'ALLOW':
        return void response.json({ outcome: 'done' });
      case 'CHALLENGE_REQUIRED':
        // what the browser may not choose stays here
        session.pending = { idempotencyKey };
        return void response.json({ outcome: 'challenge', url: result.url, stepward: { baseUrl: `${stepward}/v1`, tenantId } });
      default:
        return void response.json({ outcome: 'denied' });
    }
  });

  app.post('/transfer/confirm', async (request, response) => {
    const session = sessionOf(request.headers.cookie);
    const { pending } = session ?? {};
    if (!session || !pending) return void response.status(401).json({ outcome: 'denied' });
    session.pending = undefined;
    const validated = await authsignal.validateChallenge({ token: String(request.body?.token ?? ''), action, userId: session.userId });
    const isThisOne = validated.isValid && validated.idempotencyKey === pending.idempotencyKey;
    response.json({ outcome: isThisOne ? 'done' : 'denied' });
  });
  // where no answer can be had, nothing proceeds
  const denied: ErrorRequestHandler = (_error, _request, response, _next) => void response.status(502).json({ outcome: 'denied' });
  app.use(denied);
  return app;
};
