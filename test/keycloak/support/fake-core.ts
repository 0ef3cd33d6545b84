import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decided, json, type Play, plays, type Said } from '../../support/fake-core.ts';
import type { StepwardSettings } from './flows.ts';

export const serverKey = 'sk_test_0000000000000000';

export type FakeKeycloakCore = {
  readonly origin: string;
  /** Settings of an execution that asks this core. */
  readonly settings: StepwardSettings;
  readonly said: readonly Said[];
  /** What was said of the user with this name, oldest first. */
  about(username: string): readonly Said[];
  /** While true every call is cut. */
  fail(isDown: boolean): void;
  end(): Promise<void>;
};

/** Uses up what the path names. */
const consumed =
  (state: string): Play =>
  ({ path }, response) => {
    const [, , , userId = '', , action = '', idempotencyKey = ''] = path.split('/').map(decodeURIComponent);
    json(response, 200, { consumed: true, state, userId, action, idempotencyKey, acr: 'urn:stepward:aal2', amr: ['otp', 'mfa'] });
  };

const more: Readonly<Record<string, Play>> = {
  succeeded: decided('CHALLENGE_SUCCEEDED'),
  reviewsucceeded: decided('REVIEW_SUCCEEDED'),
  consumed: consumed('CHALLENGE_SUCCEEDED'),
  elsewhere: decided('CHALLENGE_REQUIRED', { url: 'https://elsewhere.example/challenge?c=1' }),
  neighbour: ({ body }, response) =>
    json(response, 200, {
      idempotencyKey: body.idempotencyKey,
      state: 'CHALLENGE_REQUIRED',
      url: 'http://127.0.0.1.example/challenge?c=1',
    }),
  another: ({ path }, response) =>
    consumed('CHALLENGE_SUCCEEDED')({ path: path.replace(/users\/[^/]+/, 'users/another') } as never, response, ''),
  challengefailed: (_, response) => json(response, 409, { error: 'challenge_failed', state: 'CHALLENGE_FAILED' }),
};

/** By names in lower case, as user names are. */
const played: Readonly<Record<string, Play>> = {
  ...Object.fromEntries(Object.entries(plays).map(([name, play]) => [name.toLowerCase(), play])),
  ...more,
};

/**
 * A server that plays one answer or fault to the track of each user: the one that his name begins with, as in `block-1`; what he consumes
 * gets the answer that his name ends with, as in `challenge-1-unavailable`, else that it is pending.
 */
export const startFakeCore = async (): Promise<FakeKeycloakCore> => {
  const said: (Said & { readonly username: string })[] = [];
  let isDown = false;
  const names = new Map<string, string>();
  const count = new Map<string, number>();
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const part of request) text += String(part);
    const path = request.url ?? '';
    const body = JSON.parse(text || '{}') as Readonly<Record<string, unknown>>;
    const userId = path.split('/')[3] ?? '';
    if (typeof body.username === 'string') names.set(userId, body.username);
    const username = names.get(userId) ?? '';
    const one = { path, authorization: request.headers.authorization, body, username };
    said.push(one);
    const nth = (count.get(path) ?? 0) + 1;
    count.set(path, nth);
    if (isDown) return void response.socket?.destroy();
    const parts = username.split('-');
    const play = path.endsWith('/consume') ? (played[parts[2] ?? ''] ?? pending) : played[parts[0] ?? ''];
    if (play) play({ ...one, nth }, response, origin);
    else json(response, 418, {});
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    settings: { apiUrl: origin, serverKey },
    said,
    about: (username) => said.filter((one) => one.username === username),
    fail: (down) => {
      isDown = down;
    },
    end: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
};

const pending: Play = (_, response) => json(response, 409, { error: 'challenge_pending', state: 'CHALLENGE_REQUIRED' });
