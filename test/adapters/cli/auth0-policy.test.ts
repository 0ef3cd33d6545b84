import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundle } from '../../../adapters/cli/auth0/bundle.ts';
import { dataPoints } from '../../../adapters/cli/auth0/sample-policy.ts';
import { auth0Settings } from '../../../adapters/cli/auth0/settings.ts';
import { run } from '../../../adapters/cli/run.ts';
import { managementKey, type Served, startServed } from '../../support/served.ts';

const tor = '203.0.113.66';
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'stepward-auth0-policy-'));
  mkdirSync(join(folder, 'ip'));
  writeFileSync(join(folder, 'ip/tor.txt'), `${tor}\n`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const bundled = (options: Record<string, string> = {}): string => {
  const out = mkdtempSync(join(folder, 'bundle-'));
  bundle(out, auth0Settings(options), '// the Action\n', () => {});
  return out;
};

const stepward = async ({ url }: Served, ...args: string[]) => {
  const [printed, complained] = [[] as string[], [] as string[]];
  const exit = await run(args, {
    env: { STEPWARD_URL: url, STEPWARD_MANAGEMENT_KEYS: managementKey },
    folder,
    print: (line) => printed.push(line),
    complain: (line) => complained.push(line),
  });
  return { exit, out: printed, err: complained.join('\n') };
};

const managed = async <T>({ url }: Served, method: string, path: string, body?: unknown): Promise<T> => {
  const response = await fetch(`${url}/v1/management${path}`, {
    method,
    headers: { authorization: `Basic ${btoa(`${managementKey}:`)}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return (await response.json()) as T;
};

let users = 0;
/** One track as the Action sends it, of a user who is new. */
const tracked = async (
  served: Served,
  flow: string,
  {
    custom,
    action = 'signIn',
    ip = '198.51.100.7',
    risk,
  }: { custom?: Record<string, number>; action?: string; ip?: string; risk?: 'high' } = {},
) => {
  const { answer } = await served.api.track({
    userId: `auth0|user-${users++}`,
    action,
    ipAddress: ip,
    userAgent: 'Mozilla/5.0 (X11; Linux x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36',
    custom,
    context: { adapter: 'auth0', flow, canRedirect: flow === 'interactive', ...(risk && { hostRisk: { source: 'auth0', level: risk } }) },
  } as Parameters<Served['api']['track']>[0]);
  if (!answer) throw new Error('no answer');
  const rules = await managed<{ ruleId: string; name: string }[]>(served, 'GET', `/action-configurations/${action}/rules`);
  return {
    state: answer.state,
    rules: answer.ruleIds.map((id) => rules.find(({ ruleId }) => ruleId === id)?.name),
    ignored: answer.ignored,
  };
};

describe('auth0 policy, redirect mode', () => {
  let served: Served;
  let out: string;
  beforeAll(async () => {
    served = await startServed({ STEPWARD_IP_DATA: join(folder, 'ip') });
    out = bundled();
  });
  afterAll(() => served.end());

  it('a refresh is denied before it, because nobody has configured its action', async () => {
    expect((await tracked(served, 'refresh', { action: 'tokenRefresh' })).state).toBe('CHALLENGE_REQUIRED');
  });

  it('a dry run says what would be done, and does nothing', async () => {
    const { exit, out: told } = await stepward(served, 'auth0', 'policy', out, '--dry-run');
    expect(exit).toBe(0);
    expect(told).toContain('create action signIn');
    expect(told.at(-1)).toBe('a dry run: nothing was changed');
    expect(await managed(served, 'GET', '/custom-data-points')).toEqual([]);
  });

  it('makes everything, data points first, and then finds nothing to do', async () => {
    const { out: told, err } = await stepward(served, 'auth0', 'policy', out);
    expect(err).toBe('');
    expect(told.slice(0, 14)).toEqual(dataPoints.map(({ name }) => `create data point ${name}`));
    expect(told.slice(14)).toEqual([
      'create action signIn',
      'create rule of signIn `Tor exit`',
      'create rule of signIn `Silent renewal within 12 hours of a challenge`',
      'create rule of signIn `Impossible travel`',
      'create rule of signIn `Auth0 sees a high risk`',
      'change action tokenRefresh: defaultUserActionResult "ALLOW", learn "proof"',
      '20 changed',
    ]);
    expect(await stepward(served, 'auth0', 'policy', out)).toEqual({ exit: 0, out: ['unchanged'], err: '' });
  });

  it('the server warns of nothing but the data about places that it was not given', async () => {
    const actions = await managed<{ warnings: { code: string; message: string }[] }[]>(served, 'GET', '/action-configurations');
    expect(actions.flatMap(({ warnings }) => warnings).map(({ code, message }) => [code, message.split(' ')[0]])).toEqual([
      ['data-unavailable', '`ip.impossibleTravel`'],
    ]);
  });

  it('the five ages and counters are volatile, and nothing else', async () => {
    const points = await managed<{ name: string; volatile?: boolean }[]>(served, 'GET', '/custom-data-points');
    expect(points.filter((point) => point.volatile).map(({ name }) => name)).toEqual([
      ...['auth0StepwardAge', 'auth0MfaAge', 'auth0Logins', 'auth0AccountAgeDays', 'auth0PasswordAgeDays'],
    ]);
  });

  const renewal = 'Silent renewal within 12 hours of a challenge';
  it.each([
    ['silent, a challenge 12 hours ago less a second', 'silent', { custom: { auth0StepwardAge: 43_199 } }, 'ALLOW', [renewal]],
    ['silent, 12 hours', 'silent', { custom: { auth0StepwardAge: 43_200 } }, 'ALLOW', []],
    ['silent, never', 'silent', {}, 'ALLOW', []],
    ['a sign-in that a person sees is not let through by it', 'interactive', { custom: { auth0StepwardAge: 10 } }, 'ALLOW', []],
    ["Auth0's own factor does not count here", 'silent', { custom: { auth0MfaAge: 10 } }, 'ALLOW', []],
    ['BLOCK comes first', 'silent', { custom: { auth0StepwardAge: 10 }, ip: tor }, 'BLOCK', ['Tor exit', renewal]],
    ['a high risk', 'interactive', { risk: 'high' }, 'CHALLENGE_REQUIRED', ['Auth0 sees a high risk']],
    [
      'a high risk, silent and stale',
      'silent',
      { risk: 'high', custom: { auth0StepwardAge: 43_200 } },
      'CHALLENGE_REQUIRED',
      ['Auth0 sees a high risk'],
    ],
    [
      'a high risk, silent and fresh',
      'silent',
      { risk: 'high', custom: { auth0StepwardAge: 10 } },
      'ALLOW',
      [renewal, 'Auth0 sees a high risk'],
    ],
    ['a refresh', 'refresh', { action: 'tokenRefresh' }, 'ALLOW', []],
  ] as const)('%s', async (_, flow, about, state, rules) => {
    expect(await tracked(served, flow, about)).toEqual({ state, rules, ignored: [] });
  });

  it('the key that is to be made for Auth0 tracks and consumes these two actions, and no other', async () => {
    const { out: key } = await stepward(served, 'keys', 'create', 'auth0', '--actions', 'signIn,tokenRefresh');
    const call = async (action: string, path: string, body: object): Promise<number> => {
      const response = await fetch(`${served.url}/v1/users/auth0%7Ckey/actions/${action}${path}`, {
        method: 'POST',
        headers: { authorization: `Basic ${btoa(`${key[0]}:`)}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      return response.status;
    };
    expect(await call('signIn', '', {})).toBe(200);
    expect(await call('tokenRefresh', '', {})).toBe(200);
    expect(await call('withdraw', '', {})).toBe(403);
    const consume = { binding: 'b'.repeat(43), consumeKey: 'k'.repeat(36) };
    expect(await call('signIn', '/nothing/consume', consume)).toBe(404);
    expect(await call('withdraw', '/nothing/consume', consume)).toBe(403);
  });

  it('what the operator changed in fields that the file does not name stays; what it names is made so again', async () => {
    await managed(served, 'PATCH', '/action-configurations/signIn', { challengeExpiresIn: 300, defaultUserActionResult: 'CHALLENGE' });
    expect((await stepward(served, 'auth0', 'policy', out)).out).toEqual([
      'change action signIn: defaultUserActionResult "RECOMMENDED"',
      '1 changed',
    ]);
    expect(await managed(served, 'GET', '/action-configurations/signIn')).toMatchObject({ challengeExpiresIn: 300 });
  });

  it('is removed in an order that the server accepts; what a rule of the operator reads stays', async () => {
    await managed(served, 'POST', '/action-configurations/signIn/rules', {
      name: 'Mine',
      type: 'REVIEW',
      priority: 500,
      conditions: { '>': [{ var: 'custom.auth0Logins' }, 1000] },
    });
    const { exit, out: told } = await stepward(served, 'auth0', 'policy', out, '--remove');
    expect([exit, told.at(-1)]).toEqual([0, '17 changed']);
    expect(told.filter((line) => line.startsWith('keep'))).toEqual([expect.stringContaining('keep data point auth0Logins')]);
    expect(told).toContain('action tokenRefresh: its settings stay');
    expect((await tracked(served, 'refresh', { action: 'tokenRefresh' })).state).toBe('ALLOW');
    const points = await managed<{ name: string }[]>(served, 'GET', '/custom-data-points');
    expect(points.map(({ name }) => name)).toEqual(['auth0Logins']);
  });

  it('among rules of the operator none is added, and nothing is changed', async () => {
    const { exit, err, out: told } = await stepward(served, 'auth0', 'policy', out);
    expect([exit, told]).toEqual([1, []]);
    expect(err).toContain('nothing was changed: signIn has rules that policy.json does not name (`Mine`)');
    expect(await managed<unknown[]>(served, 'GET', '/custom-data-points')).toHaveLength(1);
  });
});

describe('auth0 policy, native mode', () => {
  let served: Served;
  beforeAll(async () => {
    served = await startServed({ STEPWARD_IP_DATA: join(folder, 'ip') });
    expect((await stepward(served, 'auth0', 'policy', bundled({ mode: 'native', action: 'login' }))).err).toBe('');
  });
  afterAll(() => served.end());

  const factor = "Auth0's second factor within 12 hours";
  it.each([
    ['interactive', { auth0MfaAge: 43_199 }, [factor]],
    ['silent', { auth0MfaAge: 10 }, [factor]],
    ['interactive', { auth0MfaAge: 43_200 }, []],
    ['interactive', { auth0StepwardAge: 10 }, []],
    ['interactive', {}, []],
  ])('%s with %j', async (flow, custom, rules) => {
    expect((await tracked(served, flow, { action: 'login', custom })).rules).toEqual(rules);
  });
});

describe('files that are refused', () => {
  it.each([
    ['policy.json', '{', 'is not valid JSON'],
    ['policy.json', '[]', 'is refused at /'],
    ['policy.json', '{"actions": [{"rules": []}]}', '/actions/0/configuration'],
    ['policy.json', '{"actions": [], "rules": []}', 'is refused at /'],
    ['datapoints.json', '{}', 'is refused at /'],
    ['datapoints.json', '[{"name": "x"}]', '/0/dataType'],
  ])('%s with %s', async (name, text, message) => {
    const out = bundled();
    expect(readFileSync(join(out, name), 'utf8')).not.toBe('');
    writeFileSync(join(out, name), text);
    const nowhere = { url: 'http://127.0.0.1:9' } as Served;
    const { exit, err } = await stepward(nowhere, 'auth0', 'policy', out);
    expect([exit, err]).toEqual([1, expect.stringContaining(message)]);
  });
});
