import { createRequire } from 'node:module';
import { runInThisContext } from 'node:vm';
import { buildAuth0Action } from '../../scripts/build-auth0.ts';
import { median, spreadOf } from './load.ts';
import type { Result } from './result.ts';
import { rounds } from './track.ts';

type Handler = (event: unknown, api: unknown) => Promise<void>;

const event = {
  secrets: { STEPWARD_URL: 'https://stepward.example', STEPWARD_SERVER_KEY: 'sk_bench', STEPWARD_REDIRECT_SECRET: 'x'.repeat(32) },
  user: { user_id: 'auth0|bench', email: 'bench@example.org', email_verified: true, created_at: '2026-01-01T00:00:00Z' },
  client: { client_id: 'bench', metadata: {} },
  tenant: { id: 'bench' },
  transaction: { id: 't1', protocol: 'oidc-basic-profile', prompt: [], metadata: {} },
  request: { ip: '203.0.113.9', user_agent: 'bench', hostname: 'bench.eu.auth0.com', query: {}, language: 'en' },
  authentication: { methods: [{ name: 'pwd', timestamp: '2026-01-01T00:00:00Z' }] },
};
const api = {
  access: { deny: (reason: string) => Promise.reject(new Error(reason)) },
  redirect: { canRedirect: () => true },
};

/** Lets everybody in, at once. */
const answer = async (_: unknown, { body }: { readonly body: string }): Promise<Response> =>
  Response.json({ state: 'ALLOW', idempotencyKey: (JSON.parse(body) as { readonly idempotencyKey: string }).idempotencyKey });

const timed = async (times: number, run: () => Promise<unknown>): Promise<number> => {
  const began = performance.now();
  for (let turn = 0; turn < times; turn += 1) await run();
  return (performance.now() - began) / times;
};

/** The time that the Auth0 Action takes of an allowed login, beside its one call: with a call that costs nothing, against that call alone. */
export const benchAuth0 = async (times = 500): Promise<readonly Result[]> => {
  const code = await buildAuth0Action();
  const module = { exports: {} as { onExecutePostLogin: Handler } };
  const calls = { count: 0 };
  const load = runInThisContext(`(function (module, exports, require, fetch, console) {${code}\n})`) as (...given: unknown[]) => void;
  const fetch = (url: unknown, init: { readonly body: string }) => {
    calls.count += 1;
    return answer(url, init);
  };
  load(module, module.exports, createRequire(import.meta.url), fetch, { log: () => undefined });
  const body = JSON.stringify({ idempotencyKey: 'k' });
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    calls.count = 0;
    ours.push(await timed(times, () => module.exports.onExecutePostLogin(event, api)));
    if (calls.count !== times) throw new Error(`${calls.count} calls for ${times} logins`);
    theirs.push(await timed(times, async () => (await answer('', { body })).json()));
  }
  const ratios = ours.map((value, round) => value / (theirs[round] ?? value));
  return [
    {
      name: 'Auth0 Action, an allowed login beside its call',
      ours: median(ours),
      theirs: median(theirs),
      against: 'the call alone',
      ratio: median(ratios),
      spread: spreadOf(ratios),
      unit: 'ms/login',
    },
  ];
};
