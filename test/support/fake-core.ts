import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request to the server: what a host said. */
export type Said = {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: Readonly<Record<string, unknown>>;
};

/** Answers one request; `said.nth` counts from 1 over all requests with the same path. */
export type Play = (said: Said & { readonly nth: number }, response: ServerResponse, origin: string) => void;

const read = async (request: IncomingMessage): Promise<string> => {
  let text = '';
  for await (const part of request) text += String(part);
  return text;
};

export const json = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};

const expiresAt = '2026-03-02T09:10:00.000Z';

/** What track answers for this state. */
export const decided =
  (state: string, more: Readonly<Record<string, unknown>> = {}): Play =>
  ({ body }, response, origin) =>
    json(response, 200, { idempotencyKey: body.idempotencyKey, state, url: `${origin}/challenge?c=0123456789abcdef`, expiresAt, ...more });

/** Every answer and fault of a server, by name. */
export const plays: Readonly<Record<string, Play>> = {
  allow: decided('ALLOW', { outcome: 'ALLOW' }),
  challenge: decided('CHALLENGE_REQUIRED', { allowedVerificationMethods: ['AUTHENTICATOR_APP'], isEnrolled: true, canEnroll: true }),
  review: decided('REVIEW_REQUIRED'),
  reviewAlias: decided('REVIEW'),
  block: decided('BLOCK', { isEnrolled: false, canEnroll: true, allowedVerificationMethods: ['AUTHENTICATOR_APP'] }),
  failed: decided('CHALLENGE_FAILED'),
  reviewFailed: decided('REVIEW_FAILED'),
  unknownState: decided('WELCOME'),
  prototypeState: decided('constructor'),
  foreignKey: (_, response) => json(response, 200, { idempotencyKey: 'another', state: 'ALLOW' }),
  down: (_, response) => void response.socket?.destroy(),
  slow: () => undefined,
  slowBody: (_, response) => void response.writeHead(200, { 'content-type': 'application/json' }).write('{"state":"ALLOW"'),
  cutBody: (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '500' }).write('{"state":"ALLOW"');
    setTimeout(() => response.socket?.destroy(), 5);
  },
  unauthorized: (_, response) => json(response, 401, { error: 'unauthorized' }),
  forbidden: (_, response) => json(response, 403, { error: 'forbidden' }),
  conflict: (_, response) => json(response, 409, { error: 'idempotency_conflict' }),
  tooMany: (_, response) => void response.writeHead(429, { 'retry-after': '1' }).end('{"error":"too_many_requests"}'),
  tooManySlow: (_, response) => void response.writeHead(429, { 'content-type': 'application/json' }).write('{'),
  serverError: (_, response) => json(response, 500, { error: 'internal_error' }),
  badGateway: (_, response) => void response.writeHead(502).end('<html>'),
  unavailable: (_, response) => json(response, 503, { error: 'unavailable' }),
  html: (_, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html>'),
  empty: (_, response) => void response.writeHead(200).end(),
  list: (_, response) => json(response, 200, ['ALLOW']),
  nothing: (_, response) => json(response, 200, null),
  huge: ({ body }, response) => json(response, 200, { idempotencyKey: body.idempotencyKey, state: 'ALLOW', padding: 'x'.repeat(70_000) }),
  moved: (_, response, origin) => void response.writeHead(307, { location: `${origin}/v1/users/auth0%7Callow/actions/signIn` }).end(),
};

export type FakeCore = {
  readonly origin: string;
  readonly said: Said[];
  /** What was said about this user. */
  about(userId: string): readonly Said[];
  /** Another answer to the consume of this instance; 404 unless set. */
  readonly consume: { play: Play };
  close(): Promise<void>;
};

/** A server that plays one answer or fault for each user: the one that his id names after the pipe, as in `auth0|block`. */
export const startFakeCore = async (more: Readonly<Record<string, Play>> = {}): Promise<FakeCore> => {
  const said: Said[] = [];
  const count = new Map<string, number>();
  const consume = { play: ((_, response) => json(response, 404, { error: 'not_found' })) as Play };
  const all = { ...plays, ...more };
  const server = createServer(async (request, response) => {
    const path = request.url ?? '';
    const body = JSON.parse((await read(request)) || '{}');
    const one = { path, authorization: request.headers.authorization, body };
    said.push(one);
    const nth = (count.get(path) ?? 0) + 1;
    count.set(path, nth);
    const user = decodeURIComponent(path.split('/')[3] ?? '');
    const play = path.endsWith('/consume') ? consume.play : all[user.split('|')[1] ?? ''];
    if (play) play({ ...one, nth }, response, origin);
    else json(response, 418, {});
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    said,
    about: (userId) => said.filter(({ path }) => decodeURIComponent(path.split('/')[3] ?? '') === userId),
    consume,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
};
