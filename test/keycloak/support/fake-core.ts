import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json, type Play, plays, type Said } from '../../auth0/support/fake-core.ts';
import type { StepwardSettings } from './flows.ts';

export const serverKey = 'sk_test_0000000000000000';

export type FakeKeycloakCore = {
  readonly origin: string;
  /** Settings of an execution that asks this core. */
  readonly settings: StepwardSettings;
  readonly said: readonly Said[];
  /** What was said of the user with this name, oldest first. */
  about(username: string): readonly Said[];
  end(): Promise<void>;
};

const played: Readonly<Record<string, Play>> = Object.fromEntries(Object.entries(plays).map(([name, play]) => [name.toLowerCase(), play]));

/**
 * A server that plays one answer or fault to the track of each user: the one that his name begins with, as in `block-1`; what he consumes
 * gets the answer that his name ends with, as in `challenge-1-unavailable`, else that it is pending.
 */
export const startFakeCore = async (): Promise<FakeKeycloakCore> => {
  const said: (Said & { readonly username: string })[] = [];
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
    end: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
};

const pending: Play = (_, response) => json(response, 409, { error: 'challenge_pending', state: 'CHALLENGE_REQUIRED' });
