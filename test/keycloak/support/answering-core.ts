import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the next tracks are answered with; `down`: nothing is answered. */
export type NextAnswer = 'ALLOW' | 'CHALLENGE_REQUIRED' | 'BLOCK' | 'REVIEW_REQUIRED' | 'down';
export type Tracked = { readonly userId: string; readonly action: string; readonly body: Readonly<Record<string, unknown>> };

export type AnsweringCore = {
  readonly origin: string;
  answer: NextAnswer | ((body: Readonly<Record<string, unknown>>) => NextAnswer);
  /** Tracks so far, oldest first. */
  readonly tracked: readonly Tracked[];
  end(): Promise<void>;
};

const ticket = 'a-ticket-of-at-least-22-characters';

const bodyOf = async (request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> => {
  let text = '';
  for await (const part of request) text += String(part);
  return JSON.parse(text || '{}') as Record<string, unknown>;
};

/** A decision point whose challenge is passed by opening it: for tests of where a realm asks, not of what is asked. */
export const startAnsweringCore = async (): Promise<AnsweringCore> => {
  const tracked: Tracked[] = [];
  const returns = new Map<string, string>();
  const server = createServer(async (request, response) => {
    const json = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    const url = new URL(request.url ?? '/', core.origin);
    const back = returns.get(url.searchParams.get('c') ?? '');
    if (url.pathname === '/challenge' && back !== undefined) {
      const to = new URL(back);
      to.searchParams.set('stepward_ticket', ticket);
      response.writeHead(303, { location: to.href }).end();
      return;
    }
    const body = await bodyOf(request);
    const [, , , userId = '', , action = '', key = '', last] = url.pathname.split('/').map(decodeURIComponent);
    if (last === 'consume') {
      const authTime = Math.floor(Date.now() / 1000);
      const proof = { acr: 'urn:stepward:aal2', amr: ['pwd', 'otp', 'mfa'], authTime, consumedAt: new Date().toISOString() };
      if (body.ticket === ticket)
        json(200, { consumed: true, state: 'CHALLENGE_SUCCEEDED', userId, action, idempotencyKey: key, ...proof });
      else json(409, { error: 'ticket_mismatch', state: 'CHALLENGE_REQUIRED' });
      return;
    }
    tracked.push({ userId, action, body });
    const state = typeof core.answer === 'function' ? core.answer(body) : core.answer;
    if (state === 'down') {
      response.socket?.destroy();
      return;
    }
    const c = String(body.idempotencyKey);
    returns.set(c, String(body.returnUrl));
    json(200, { idempotencyKey: body.idempotencyKey, state, outcome: state, url: `${core.origin}/challenge?c=${c}` });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const core = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answer: 'ALLOW' as AnsweringCore['answer'],
    tracked,
    end: () =>
      new Promise<void>((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
  return core;
};
