import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bundle, bundleFiles } from '../../../adapters/cli/auth0/bundle.ts';
import { auth0Settings } from '../../../adapters/cli/auth0/settings.ts';
import { run } from '../../../adapters/cli/run.ts';

const code = 'exports.onExecutePostLogin = async () => {};\n';
const filled = (options: Record<string, string> = {}) => bundleFiles(auth0Settings(options), code);
const file = (path: string, options?: Record<string, string>): string => filled(options).get(path) ?? '';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stepward-bundle-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const written = (out: string, options: Record<string, string> = {}, text = code): readonly string[] => {
  const printed: string[] = [];
  bundle(out, auth0Settings(options), text, (line) => printed.push(line));
  return printed;
};

describe('what a bundle holds', () => {
  it('the Action as it is, files of both tools, data points and policy', () => {
    expect([...filled().keys()]).toEqual(['actions/stepward/code.js', 'tenant.yaml', 'main.tf', 'datapoints.json', 'policy.json']);
    expect(file('actions/stepward/code.js')).toBe(code);
  });

  it('no secret has a value, in no mode', () => {
    for (const mode of ['redirect', 'native']) {
      const yaml = file('tenant.yaml', { mode, url: 'https://stepward.example' });
      const hcl = file('main.tf', { mode, url: 'https://stepward.example' });
      for (const name of ['STEPWARD_SERVER_KEY', ...(mode === 'redirect' ? ['STEPWARD_REDIRECT_SECRET'] : [])]) {
        expect(yaml).toContain(`- name: ${name}\n        value: '##${name}##'`);
        expect(hcl).toContain(`name  = "${name}"\n    value = var.${name.toLowerCase()}`);
        expect(hcl).toMatch(new RegExp(`variable "${name.toLowerCase()}" \\{\\n {2}type {6}= string\\n {2}sensitive = true`));
      }
    }
  });

  it('names and settings are filled in', () => {
    const options = {
      ...{ url: 'https://stepward.example', action: 'login', 'refresh-action': 'renew', mode: 'native' },
      ...{ 'failure-policy': 'login=fallback,renew=allow', 'claim-namespace': 'https://shop.example/stepward' },
    };
    const settings = {
      STEPWARD_URL: 'https://stepward.example',
      STEPWARD_ACTION: 'login',
      STEPWARD_REFRESH_ACTION: 'renew',
      STEPWARD_MODE: 'native',
      STEPWARD_FAILURE_POLICY: 'login=fallback,renew=allow',
      STEPWARD_CLAIM_NAMESPACE: 'https://shop.example/stepward',
    };
    for (const [name, value] of Object.entries(settings)) {
      expect(file('tenant.yaml', options)).toContain(`- name: ${name}\n        value: '${value}'`);
      expect(file('main.tf', options)).toContain(`name  = "${name}"\n    value = "${value}"`);
    }
    const { actions } = JSON.parse(file('policy.json', options));
    expect(actions.map(({ configuration }: { configuration: { actionCode: string } }) => configuration.actionCode)).toEqual([
      'login',
      'renew',
    ]);
  });

  it('an Action with a text that auth0-deploy-cli would replace is refused', () => {
    expect(() => bundleFiles(auth0Settings({}), "const x = '##STEPWARD_URL##';")).toThrow('would replace');
    expect(() => bundleFiles(auth0Settings({}), "const x = '@@LIST@@';")).toThrow('would replace');
  });

  it.each([
    [{ action: 'sign in' }, 'action'],
    [{ action: "x'\n  - evil: '" }, 'action'],
    [{ 'refresh-action': 'signIn' }, 'refresh-action'],
    [{ 'refresh-action': '$\u007bvar.x}' }, 'refresh-action'],
    [{ mode: 'off' }, 'mode'],
    [{ mode: 'constructor' }, 'mode'],
    [{ url: 'http://stepward.example' }, 'url'],
    [{ url: 'https://stepward.example/path' }, 'url'],
    [{ url: 'https://user@stepward.example' }, 'url'],
    [{ 'failure-policy': 'maybe' }, 'failure-policy'],
    [{ 'failure-policy': 'deny,allow' }, 'failure-policy'],
    [{ 'failure-policy': 'signIn=deny,' }, 'failure-policy'],
    [{ 'claim-namespace': 'https://x.auth0.com/claims' }, 'claim-namespace'],
    [{ 'claim-namespace': 'https://webtask.io' }, 'claim-namespace'],
    [{ 'claim-namespace': 'https://shop.example/' }, 'claim-namespace'],
    [{ 'claim-namespace': 'acr' }, 'claim-namespace'],
    [{ 'claim-namespace': `https://shop.example/${'x'.repeat(200)}` }, 'claim-namespace'],
  ])('%j is refused', (options, option) => {
    expect(() => auth0Settings(options as Record<string, string>)).toThrow(`\`--${option}\` must be`);
  });
});

describe('Terraform', () => {
  /** Names of arguments that follow each other without a blank line have their `=` in one column, two blanks deep for each block. */
  const misplaced = (hcl: string): readonly string[] => {
    const found: string[] = [];
    let depth = 0;
    let columns: Set<number> = new Set();
    for (const line of hcl.split('\n')) {
      const text = line.trim();
      if (text.startsWith('}')) depth -= 1;
      if (text !== '' && !text.startsWith('#') && line !== `${'  '.repeat(depth)}${text}`) found.push(line);
      const argument = /^\s*\w+ *(?== )/.exec(line);
      if (!argument || text.endsWith('{')) columns = new Set();
      else if (columns.add(argument[0].length).size > 1) found.push(line);
      if (text.endsWith('{')) depth += 1;
    }
    return found;
  };

  it.each<Record<string, string>>([{}, { mode: 'native', url: 'https://stepward.example' }, { 'claim-namespace': 'https://shop.example' }])(
    'is in canonical form with %j',
    (options) => {
      const hcl = file('main.tf', options);
      expect(misplaced(hcl)).toEqual([]);
      expect(misplaced('a {\n  b = 1\n  cc = 2\n}')).not.toEqual([]);
      expect(hcl).not.toMatch(/[ \t]$|\n\n\n|\n\n$/m);
    },
  );

  const terraform = spawnSync('terraform', ['version']).status === 0;
  it.runIf(terraform)('passes its own formatter', () => {
    for (const options of [{}, { mode: 'native' }] as Record<string, string>[]) {
      const hcl = file('main.tf', options);
      expect(execFileSync('terraform', ['fmt', '-'], { input: hcl, encoding: 'utf8' })).toBe(hcl);
    }
  });

  it('binds one Action, and owns no list', () => {
    expect(file('main.tf')).toContain('resource "auth0_trigger_action" "stepward"');
    expect(file('main.tf')).not.toContain('resource "auth0_trigger_actions"');
  });
});

describe('nothing of somebody else is overwritten', () => {
  it('a second run changes nothing, a new Action is written over the old', () => {
    expect(written(folder)[0]).toMatch(/: wrote actions\/stepward\/code\.js, tenant\.yaml/);
    expect(written(folder)[0]).toBe(`${folder}: unchanged`);
    expect(written(folder, {}, '// newer\n')[0]).toBe(`${folder}: wrote actions/stepward/code.js`);
    expect(written(folder, { mode: 'native' }, '// newer\n')[0]).toBe(`${folder}: wrote tenant.yaml, main.tf, policy.json`);
  });

  it.each(['tenant.yaml', 'policy.json', 'stepward-bundle.json'])('%s that was there before stays, and nothing is written', (name) => {
    writeFileSync(join(folder, name), '{"files": {}}');
    expect(() => written(folder)).toThrow(`nothing was written, this was written or changed by somebody else: ${join(folder, name)}`);
    expect(readdirSync(folder)).toEqual([name]);
    expect(readFileSync(join(folder, name), 'utf8')).toBe('{"files": {}}');
  });

  it('what was changed since stays', () => {
    written(folder);
    writeFileSync(join(folder, 'policy.json'), '{"actions": []}');
    expect(() => written(folder, { mode: 'native' })).toThrow('policy.json');
    expect(readFileSync(join(folder, 'policy.json'), 'utf8')).toBe('{"actions": []}');
    expect(readFileSync(join(folder, 'tenant.yaml'), 'utf8')).toContain("value: 'redirect'");
  });

  it('a link that leads out of the folder is not followed', () => {
    const outside = join(folder, 'outside');
    symlinkSync(outside, join(folder, 'main.tf'));
    expect(() => written(folder)).toThrow(`written or changed by somebody else: ${join(folder, 'main.tf')}`);
    expect(existsSync(outside)).toBe(false);
  });
});

describe('the command line', () => {
  const stepward = async (...args: string[]) => {
    const [printed, complained] = [[] as string[], [] as string[]];
    const world = { env: {}, folder, print: (line: string) => printed.push(line), complain: (line: string) => complained.push(line) };
    return { exit: await run(args, world), out: printed.join('\n'), err: complained.join('\n') };
  };

  it('--help of the command has its options, and does nothing', async () => {
    const { exit, out } = await stepward('auth0', 'bundle', '--out', folder, '--help');
    expect([exit, readdirSync(folder)]).toEqual([0, []]);
    for (const option of ['out', 'url', 'action', 'refresh-action', 'mode', 'failure-policy', 'claim-namespace'])
      expect(out).toContain(`--${option} <`.replace('mode <', 'mode redirect|native'));
    expect((await stepward('--help')).out).toContain('stepward auth0 policy <folder>');
  });

  it.each([
    [['auth0', 'bundle', '--dry-run'], '`auth0 bundle` has no option `--dry-run`'],
    [['auth0', 'bundle', 'here'], '`auth0 bundle` takes options alone'],
    [['auth0', 'bundle', '--mode', 'off'], '`--mode` must be'],
    [['auth0', 'policy'], 'give the folder'],
    [['rules', 'list', '--url', 'https://other.example'], '`rules list` has no option `--url`'],
  ])('%j is refused', async (args, message) => {
    const { exit, err } = await stepward(...args);
    expect([exit, err]).toEqual([2, expect.stringContaining(message)]);
  });

  it('what comes next is told, and where the secrets go', () => {
    const told = written(folder, { action: 'login' }).join('\n');
    expect(told).toContain(`stepward auth0 policy ${folder} --dry-run`);
    expect(told).toContain('stepward keys create auth0 --actions login,tokenRefresh');
    expect(told).toContain('STEPWARD_REDIRECT_SECRET');
    expect(written(folder, { mode: 'native', action: 'login' }).join('\n')).not.toContain('STEPWARD_REDIRECT_SECRET');
  });
});
