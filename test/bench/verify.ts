import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import autocannon from 'autocannon';
import { generateSync } from 'otplib';
import { median, spreadOf } from './load.ts';
import type { Result } from './result.ts';
import { keys, manage, type Peer, rounds, startStepward } from './track.ts';

/** Wrong answers that one challenge takes in full. */
const tries = 5;
const json = { 'content-type': 'application/json' };
const basic = `Basic ${Buffer.from(`${keys.server}:`).toString('base64')}`;

type Challenged = { readonly userId: string; readonly idempotencyKey: string; readonly token: string };

const post = async (url: string, headers: Record<string, string>, body: unknown): Promise<Record<string, string>> => {
  const response = await fetch(url, { method: 'POST', headers: { ...json, ...headers }, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Record<string, string>;
};

/** An address of its own for each user: limits count by it. */
const from = (nth: number) => ({ 'x-forwarded-for': `203.${(nth >> 16) & 255}.${(nth >> 8) & 255}.${nth & 255}` });

/** A user with an authenticator app, and an action that waits for its code. */
const challenge = async ({ base }: Peer, nth: number): Promise<Challenged> => {
  const userId = `user-${nth}`;
  const track = (action: string) =>
    post(`${base}/v1/users/${userId}/actions/${action}`, { authorization: basic }, { scope: 'add:authenticators' });
  const bearer = { authorization: `Bearer ${(await track('enroll')).token}`, ...from(nth) };
  const { secret = '' } = await post(`${base}/v1/client/user-authenticators/totp`, bearer, {});
  await post(`${base}/v1/client/verify/totp`, bearer, { verificationCode: generateSync({ secret }) });
  const { idempotencyKey = '', token = '' } = await track('pay');
  return { userId, idempotencyKey, token };
};

const challengeAll = async (peer: Peer, first: number, users: number): Promise<readonly Challenged[]> => {
  const all: Challenged[] = [];
  for (let at = 0; at < users; at += 32)
    all.push(...(await Promise.all(Array.from({ length: Math.min(32, users - at) }, (_, nth) => challenge(peer, first + at + nth)))));
  return all;
};

/** Requests a second of `amount` requests, each of the next user. */
const perSecond = async (base: string, amount: number, request: (nth: number) => autocannon.Request): Promise<number> => {
  let sent = 0;
  const began = performance.now();
  let ended = began;
  const running = autocannon({
    url: base,
    connections: 32,
    amount,
    requests: [{ setupRequest: (given) => ({ ...given, ...request(sent++) }) }],
  }) as unknown as autocannon.Instance & Promise<autocannon.Result>;
  // its own figure of the time is of whole seconds
  running.on('response', () => {
    ended = performance.now();
  });
  const result = await running;
  if (result.non2xx + result.errors + result.timeouts > 0) throw new Error(`${result.non2xx + result.errors} bad answers`);
  return (amount / (ended - began)) * 1000;
};

/** Typing a code, which loads, checks and writes, against reading an action instance, on SQLite. */
export const benchVerify = async (users = 2_000): Promise<readonly Result[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'stepward-bench-'));
  const peer = await startStepward(`sqlite:${join(folder, 'verify.db')}`, { STEPWARD_TRUSTED_PROXIES: '127.0.0.1' });
  try {
    await manage(peer, '/action-configurations', { actionCode: 'enroll', defaultUserActionResult: 'ALLOW' });
    await manage(peer, '/action-configurations', { actionCode: 'pay', defaultUserActionResult: 'CHALLENGE' });
    const figures: { readonly verify: number; readonly read: number }[] = [];
    for (let round = 0; round <= rounds; round++) {
      const first = round * users;
      const challenged = await challengeAll(peer, first, users);
      const of = (nth: number): Challenged => challenged[nth % users] as Challenged;
      const verify = await perSecond(peer.base, users * tries, (nth) => ({
        method: 'POST',
        path: '/v1/client/verify/totp',
        headers: { ...json, authorization: `Bearer ${of(nth).token}`, ...from(first + (nth % users)) },
        // no app shows it but one time in a hundred thousand
        body: JSON.stringify({ verificationCode: '000000' }),
      }));
      const read = await perSecond(peer.base, users * tries, (nth) => ({
        method: 'GET',
        path: `/v1/users/${of(nth).userId}/actions/pay/${of(nth).idempotencyKey}`,
        headers: { authorization: basic },
      }));
      // the first round warms up
      if (round > 0) figures.push({ verify, read });
    }
    const ratios = figures.map(({ verify, read }) => verify / read);
    return [
      {
        name: 'verify a code, throughput',
        ours: median(figures.map(({ verify }) => verify)),
        theirs: median(figures.map(({ read }) => read)),
        against: 'getAction',
        ratio: median(ratios),
        spread: spreadOf(ratios),
        unit: 'requests/s',
      },
    ];
  } finally {
    await peer.stop();
    rmSync(folder, { recursive: true, force: true });
  }
};
