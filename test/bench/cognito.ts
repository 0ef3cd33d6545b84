import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildCognito } from '../../scripts/build-cognito.ts';
import { create, define, passed, password, preToken, session, verify } from '../cognito/triggers/support/events.ts';
import { median, spreadOf } from './load.ts';
import type { Result } from './result.ts';
import { keys, manage, startStepward } from './track.ts';

const sub = '00000000-0000-4000-8000-000000000001';
const kept = {
  v: '1',
  state: 'CHALLENGE_REQUIRED',
  key: sub,
  consumeKey: 'c'.repeat(22),
  nonce: 'n'.repeat(22),
  action: 'signIn',
  sub,
};
/** One event for each function; all but the first are answered by the server, Verify with a no. */
const events = {
  define: define(session(...password, passed)),
  create: create(sub),
  verify: verify(sub, kept, 'ticket'),
  'pre-token': preToken(sub, 'Authentication'),
  router: create(sub),
};

/** The least that a function does which asks a server: one call of the same body. */
const bare = `export const handler = async (event) => {
  const authorization = 'Basic ' + Buffer.from(process.env.STEPWARD_SERVER_KEY + ':').toString('base64');
  const response = await fetch(process.env.STEPWARD_URL + '/v1/users/bare/actions/signIn', {
    method: 'POST', headers: { authorization, 'content-type': 'application/json' }, body: '{}',
  });
  return { ...event, response: await response.json() };
};`;

/** From the import to the answer, in a process of its own; the last line that it writes. */
const probe = `
const [file, event] = process.argv.slice(1);
const given = JSON.parse(event);
const began = performance.now();
const { handler } = await import(file);
await handler(given, { getRemainingTimeInMillis: () => 5000 });
console.log(String(performance.now() - began));
`;

const coldStart = (file: string, event: unknown, env: Readonly<Record<string, string>>): number => {
  const said = execFileSync(process.execPath, ['--input-type=module', '-e', probe, file, JSON.stringify(event)], { env, encoding: 'utf8' });
  return Number(said.trim().split('\n').at(-1));
};

/** Cold starts of the functions of a user pool: import and first answer, with a server on this machine, against a function that only calls. */
export const benchCognito = async (times = 15): Promise<readonly Result[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'stepward-bench-'));
  for (const [name, text] of [...(await buildCognito()), ['bare.mjs', bare] as const]) writeFileSync(join(folder, name), text);
  const server = await startStepward(`sqlite:${join(folder, 'stepward.db')}`);
  await manage(server, '/action-configurations', { actionCode: 'signIn', defaultUserActionResult: 'ALLOW' });
  const env = {
    STEPWARD_URL: server.base,
    STEPWARD_SERVER_KEY: keys.server,
    STEPWARD_RETURN_URLS: '{"client-1":"popup"}',
    STEPWARD_GATE: 'require',
  };
  const results: Result[] = [];
  for (const [name, event] of Object.entries(events)) {
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let turn = 0; turn <= times; turn += 1) {
      ours.push(coldStart(join(folder, `${name}.mjs`), event, env));
      theirs.push(coldStart(join(folder, 'bare.mjs'), event, env));
    }
    const ratios = ours.map((value, turn) => value / (theirs[turn] ?? value));
    results.push({
      name: `Cognito ${name}, cold start`,
      ours: median(ours),
      theirs: median(theirs),
      against: 'a function that only calls',
      ratio: median(ratios),
      spread: spreadOf(ratios),
      unit: 'ms',
    });
  }
  await server.stop();
  rmSync(folder, { recursive: true });
  return results;
};
