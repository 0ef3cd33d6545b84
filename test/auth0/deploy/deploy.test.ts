import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSettings } from '../../../adapters/auth0/action/settings.ts';
import { actionSecrets } from '../../../adapters/cli/auth0/action-secrets.ts';
import { bundle, bundleFiles } from '../../../adapters/cli/auth0/bundle.ts';
import { auth0Settings } from '../../../adapters/cli/auth0/settings.ts';
import { buildAuth0Action } from '../../../scripts/build-auth0.ts';

type Told = readonly { readonly call: string; readonly args: readonly unknown[] }[];
type Imported = Told | { readonly refused: string };
type Import = {
  readonly file: string;
  readonly keywords: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, unknown>>;
};

const here = import.meta.dirname;
const example = resolve(here, '../../../examples/auth0');
const keywords = {
  STEPWARD_URL: 'https://stepward.example',
  STEPWARD_SERVER_KEY: 'sk_of_auth0_alone',
  STEPWARD_REDIRECT_SECRET: '0123456789abcdef0123456789abcdef',
};
const only = { AUTH0_INCLUDED_ONLY: ['actions', 'triggers'] };

let folder: string;
let code: string;
let answers: readonly Imported[];
const file = (path: string, from: string, to: string): string => {
  const place = join(folder, path);
  writeFileSync(place, readFileSync(join(folder, 'tenant.yaml'), 'utf8').replace(from, to));
  return place;
};

/** Its packages are installed for it alone; the tool takes seconds to load: all its runs are of one process. */
beforeAll(async () => {
  const isThere = ['auth0-deploy-cli', '@pulumi/auth0'].every((name) => existsSync(join(here, 'node_modules', name)));
  if (!isThere)
    execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], { cwd: here, stdio: ['ignore', 'ignore', 'inherit'] });
  folder = mkdtempSync(join(tmpdir(), 'stepward-deploy-'));
  code = await buildAuth0Action();
  bundle(folder, auth0Settings({}), code, () => {});
  const runs: readonly Import[] = [
    { file: join(folder, 'tenant.yaml'), keywords, options: only },
    { file: join(folder, 'tenant.yaml'), keywords, options: { ...only, AUTH0_ALLOW_DELETE: true } },
    { file: file('wrong-field.yaml', 'dependencies: []', 'dependencies: [{ nam: x }]'), keywords, options: only },
    { file: file('no-triggers.yaml', 'supported_triggers:', 'triggers:'), keywords, options: only },
    { file: join(example, 'applications.yaml'), keywords, options: { AUTH0_INCLUDED_ONLY: ['clients'] } },
  ];
  const output = execFileSync(process.execPath, [join(here, 'import.cjs')], { input: JSON.stringify(runs), encoding: 'utf8' });
  answers = JSON.parse(output.split('\n').at(-1) ?? '');
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const told = (run: number): Told => {
  const answer = answers[run];
  if (!answer || 'refused' in answer) throw new Error(`refused: ${answer?.refused}`);
  return answer;
};

describe('tenant.yaml, imported by auth0-deploy-cli', () => {
  it('makes the Action with its code as it is, and every secret from the keywords', () => {
    const [{ call, args } = { call: '', args: [] }] = told(0);
    expect(call).toBe('actions.create');
    expect(args[0]).toEqual({
      name: 'stepward',
      code,
      runtime: 'node22',
      dependencies: [],
      supported_triggers: [{ id: 'post-login', version: 'v3' }],
      secrets: [
        ...Object.entries(keywords).map(([name, value]) => ({ name, value })),
        { name: 'STEPWARD_ACTION', value: 'signIn' },
        { name: 'STEPWARD_REFRESH_ACTION', value: 'tokenRefresh' },
        { name: 'STEPWARD_MODE', value: 'redirect' },
        { name: 'STEPWARD_FAILURE_POLICY', value: 'deny' },
      ],
    });
  });

  it('deploys it before it is bound, and deletes nothing', () => {
    expect(told(0).map(({ call }) => call)).toEqual(['actions.create', 'actions.deploy', 'triggers.bindings.updateMany']);
  });

  it('binds what the file says and nothing else: the trap that the file warns of', () => {
    const bindings = [{ ref: { type: 'action_name', value: 'stepward' }, display_name: 'Stepward' }];
    expect(told(0).at(-1)?.args).toEqual(['post-login', { bindings }]);
    expect(told(1).map(({ call }) => call)).toContain('actions.delete');
    expect(readFileSync(join(folder, 'tenant.yaml'), 'utf8')).toContain('REPLACES your list of Actions');
  });

  it("the tool's own schema refuses what is no Action", () => {
    for (const run of [2, 3]) expect(answers[run]).toEqual({ refused: expect.stringContaining('Schema validation failed') });
  });
});

describe('what the example says', () => {
  it('its applications are imported, and their metadata are texts that the Action knows', () => {
    const clients = told(4).map(({ args }) => args[0] as { name: string; client_metadata?: Record<string, string> });
    expect(clients.map(({ name }) => name)).toEqual(['Shop', 'Back office']);
    const metadata = clients.flatMap(({ client_metadata = {} }) => Object.entries(client_metadata));
    expect(metadata).toEqual([
      ['stepward_mode', 'off'],
      ['stepward_action', 'officeSignIn'],
    ]);
    for (const [name] of metadata) expect(code).toContain(`metadata.${name}`);
  });

  it('its folder is what the command writes, without the code', () => {
    const files = [...bundleFiles(auth0Settings({ url: 'https://stepward.example' }), code)].filter(([path]) => !path.endsWith('.js'));
    expect(readdirSync(join(example, 'deploy')).sort()).toEqual(files.map(([path]) => path).sort());
    for (const [path, text] of files) expect(readFileSync(join(example, 'deploy', path), 'utf8')).toBe(text);
  });
});

describe('names', () => {
  it.each<Record<string, string>>([
    {},
    { action: 'login', 'refresh-action': 'renew', 'failure-policy': 'login=fallback,renew=allow' },
    { mode: 'native', url: 'https://id.example', 'failure-policy': 'fallback', 'claim-namespace': 'https://shop.example/stepward' },
  ])('every secret that is filled in is one that the Action reads, and takes: %j', (options) => {
    const given = actionSecrets(auth0Settings(options)).map(({ name, value }) => [name, value ?? keywords[name as keyof typeof keywords]]);
    for (const [name] of given) expect(code).toContain(`read("${name}"`);
    const event = { user: { user_id: 'auth0|1' }, secrets: Object.fromEntries(given) } as unknown as Parameters<typeof readSettings>[0];
    const { wrong, action, mode } = readSettings(event);
    expect([wrong, action, mode]).toEqual([undefined, options.action ?? 'signIn', options.mode ?? 'redirect']);
  });

  it('every data point that the Action sends is declared, and the reverse', () => {
    const declared = JSON.parse(readFileSync(join(folder, 'datapoints.json'), 'utf8')).map(({ name }: { name: string }) => name);
    const sent = new Set([...code.matchAll(/\b(auth0[A-Z]\w+): /g)].map(([, name]) => name));
    expect([...sent].sort()).toEqual([...declared].sort());
  });

  const typings = (path: string): string => readFileSync(join(here, 'node_modules/@pulumi/auth0', path), 'utf8');
  const argumentsIn = (path: string, name: string): ReadonlySet<string> => {
    const [, body = ''] = new RegExp(`interface ${name} \\{([^}]*)\\}`).exec(typings(path).replaceAll(/\/\*[\s\S]*?\*\//g, '')) ?? [];
    const camel = [...body.matchAll(/(\w+)\??:/g)].map(([, argument = '']) => argument);
    return new Set(camel.map((argument) => argument.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)));
  };
  /** Arguments and blocks directly in the first block with this head. */
  const namesIn = (hcl: string, head: string, indent: string): readonly string[] => {
    const begin = hcl.indexOf(`${indent}${head} {`);
    const body = hcl.slice(begin, hcl.indexOf(`\n${indent}}`, begin));
    return [...body.matchAll(new RegExp(`^${indent}  (\\w+)(?: +=| \\{)`, 'gm'))].map(([, name = '']) => name);
  };

  it.each([
    ['resource "auth0_action" "stepward"', '', 'action.d.ts', 'ActionArgs'],
    ['supported_triggers', '  ', 'types/input.d.ts', 'ActionSupportedTriggers'],
    ['secrets', '  ', 'types/input.d.ts', 'ActionSecret'],
    ['resource "auth0_trigger_action" "stepward"', '', 'triggerAction.d.ts', 'TriggerActionArgs'],
  ])('of `%s` in main.tf are those of the provider', (head, indent, path, name) => {
    const known = argumentsIn(path, name);
    const used = namesIn(readFileSync(join(folder, 'main.tf'), 'utf8'), head, indent);
    expect(used.length).toBeGreaterThanOrEqual(2);
    expect(used.filter((one) => !known.has(one))).toEqual([]);
  });
});
