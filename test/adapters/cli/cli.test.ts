import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../../adapters/cli/run.ts';
import { startManagementStub } from './management-stub.ts';

const rule = (ruleId: string, name: string, more = {}) => ({
  ...{ ruleId, name, type: 'CHALLENGE', priority: 0, isActive: true, mode: 'production' },
  ...more,
});
const rules = [
  rule('r1', 'New device'),
  rule('r2', 'Large amount', { priority: 10, mode: 'preview', type: 'REVIEW' }),
  rule('r3', 'Twin', { isActive: false }),
  rule('r4', 'Twin'),
];

let stub: Awaited<ReturnType<typeof startManagementStub>>;
let folder: string;
beforeAll(async () => {
  stub = await startManagementStub(rules);
  folder = mkdtempSync(join(tmpdir(), 'stepward-cli-'));
});
beforeEach(() => {
  stub.changes.length = 0;
});
afterAll(async () => {
  await stub.stop();
  rmSync(folder, { recursive: true });
});

const call = async (line: string | readonly string[], env?: Record<string, string>) => {
  const [printed, complained] = [[] as string[], [] as string[]];
  const code = await run(typeof line === 'string' ? line.split(' ').filter(Boolean) : line, {
    env: env ?? { STEPWARD_URL: stub.url, STEPWARD_MANAGEMENT_KEYS: 'mk_test,mk_old' },
    folder,
    print: (text) => printed.push(text),
    complain: (text) => complained.push(text),
  });
  return { code, out: printed.join('\n'), err: complained };
};

describe('rules', () => {
  it.each(['rules list signIn', 'rules list', 'rules'])('%s shows them in a table', async (line) => {
    const { code, out } = await call(line);
    expect(code).toBe(0);
    expect(out.split('\n').slice(0, 3)).toEqual([
      'ACTION  PRIORITY  STATUS    MODE        OUTCOME    NAME          MATCHES 7D  ID',
      'signIn  0         active    production  CHALLENGE  New device    0           r1',
      'signIn  10        active    preview     REVIEW     Large amount  0           r2',
    ]);
  });

  it.each([
    ['enable', 'PATCH', 'r1', { isActive: true }, undefined],
    ['disable', 'PATCH', 'r1', { isActive: false }, undefined],
    ['promote', 'PATCH', 'r1', { mode: 'production' }, undefined],
    ['up', 'POST', 'r1/move', { to: 'up' }, '"12"'],
    ['down', 'POST', 'r1/move', { to: 'down' }, '"12"'],
  ])('%s is one change', async (name, method, path, body, ifMatch) => {
    const { code, out } = await call(`rules ${name} signIn r1`);
    expect([code, out.split(':')[0]]).toEqual([0, 'New device']);
    expect(stub.changes).toEqual([{ line: `${method} /action-configurations/signIn/rules/${path}`, body, ifMatch }]);
  });

  it('a rule can be called by its name', async () => {
    await call(['rules', 'promote', 'signIn', 'Large amount']);
    expect(stub.changes.map(({ line }) => line)).toEqual(['PATCH /action-configurations/signIn/rules/r2']);
  });

  it.each([
    [['rules', 'enable', 'signIn', 'Twin'], 1, 'signIn has 2 rules called `Twin`: give an id'],
    [['rules', 'enable', 'signIn', 'nothing'], 1, 'signIn has no rule `nothing`'],
    [['rules', 'enable', 'signIn'], 2, 'give the action, and the id or the name of a rule'],
    [['rules', 'enable', 'no-such', 'r1'], 1, 'not_found: no such action'],
    [['rules', 'list', '..'], 1, '`action` must not be `..`: it would name another path'],
  ])('%j is refused', async (line, exit, message) => {
    expect(await call(line)).toEqual({ code: exit, out: '', err: [`stepward: ${message}`] });
    expect(stub.changes).toEqual([]);
  });
});

describe('keys', () => {
  it('list goes through every page', async () => {
    const { out } = await call('keys list');
    expect(out.split('\n').map((line) => line.split(/ {2,}/).at(-1))).toEqual(['ID', 'k1', 'k2']);
  });

  it('create prints the new key and nothing else', async () => {
    const { out } = await call('keys create deploy --kind management --actions a,b --expires 2027-01-01T00:00:00.000Z');
    expect(out).toBe('sk_new');
    expect(stub.changes[0]?.body).toEqual({
      name: 'deploy',
      kind: 'management',
      actions: ['a', 'b'],
      expiresAt: '2027-01-01T00:00:00.000Z',
    });
  });

  it('delete names one', async () => {
    await call('keys delete k1');
    expect(stub.changes[0]?.line).toBe('DELETE /api-keys/k1');
  });
});

describe('the command line', () => {
  it('help lists every command', async () => {
    const { code, out } = await call('--help');
    expect(code).toBe(0);
    for (const name of ['start', 'restored', 'rules list', 'rules promote', 'keys create', 'keys rotate'])
      expect(out).toContain(`stepward ${name}`);
  });

  it.each([
    ['', 2],
    ['nonsense', 2],
    ['rules nonsense', 2],
    ['rules list --nonsense', 2],
    ['keys create', 2],
    ['keys rotate now', 2],
    ['keys rotate --ahead soon', 2],
    ['keys rotate --ahead', 2],
  ])('`%s` ends with %d and at most one line of complaint', async (line, code) => {
    const called = await call(line);
    expect(called.code).toBe(code);
    expect(called.err.join('\n').split('\n').length).toBe(1);
  });

  it('a wrong key is said in one line', async () => {
    expect(await call('rules list', { STEPWARD_URL: stub.url, STEPWARD_MANAGEMENT_KEYS: 'mk_wrong' })).toMatchObject({
      code: 1,
      err: ['stepward: unauthorized: the key is not known'],
    });
  });

  it('a server that is not there too', async () => {
    const { code, err } = await call('rules list', { STEPWARD_URL: 'http://127.0.0.1:1', STEPWARD_MANAGEMENT_KEYS: 'mk_test' });
    expect([code, err]).toEqual([1, ['stepward: unavailable: no answer that can be read from http://127.0.0.1:1/v1/management']]);
  });

  it('without a key it says which setting is missing', async () => {
    const { code, err } = await call('rules list', {});
    expect([code, err[0]]).toEqual([2, 'stepward: no management key: set STEPWARD_MANAGEMENT_KEYS, or run where `.stepward/env` is']);
  });

  it('what a start in development mode generated serves without any setting', async () => {
    mkdirSync(join(folder, '.stepward'));
    writeFileSync(
      join(folder, '.stepward/env'),
      `STEPWARD_SERVER_KEYS=sk_x\nSTEPWARD_MANAGEMENT_KEYS=mk_test\nSTEPWARD_PUBLIC_URL=${stub.url}\nSTEPWARD_ENCRYPTION_KEYS=k1:ab=\n`,
    );
    expect((await call('rules list', {})).code).toBe(0);
    rmSync(join(folder, '.stepward'), { recursive: true });
  });
});
