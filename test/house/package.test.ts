import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { build } from '../../scripts/build.ts';

const root = resolve(import.meta.dirname, '../..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  exports: Record<string, string | Record<string, string>>;
  dependencies: Record<string, string>;
  bin: Record<string, string>;
};
const shipped = ['package.json', 'README.md', 'LICENSE', 'NOTICE', 'CHANGELOG.md'];

const freePort = (): Promise<number> =>
  new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => done(typeof address === 'object' && address ? address.port : 0));
    });
  });

let folder: string;
let installed: string;

/** Built, packed and unpacked beside nothing but its production dependencies. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'stepward-package-'));
  const packed = join(folder, 'packed');
  mkdirSync(packed);
  await build(join(packed, 'dist'));
  for (const name of shipped) cpSync(join(root, name), join(packed, name));
  const [tarball] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], { cwd: packed, encoding: 'utf8' }),
  ) as { filename: string }[];
  const app = join(folder, 'app');
  installed = join(app, 'node_modules/stepward');
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['-xzf', join(folder, tarball?.filename ?? ''), '-C', installed, '--strip-components=1']);
  for (const name of Object.keys(manifest.dependencies)) {
    const link = join(app, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), link);
  }
  writeFileSync(join(app, 'package.json'), '{"type":"module"}');
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const entries = Object.keys(manifest.exports).filter((name) => !name.endsWith('.json'));
const inApp = (args: readonly string[]): string =>
  execFileSync(process.execPath, args, { cwd: join(folder, 'app'), encoding: 'utf8', env: { PATH: process.env.PATH } });

describe('the package, installed elsewhere', () => {
  it.each(entries)('%s can be imported', (name) => {
    const specifier = name.replace('.', 'stepward');
    const names = inApp(['--input-type=module', '-e', `console.log(Object.keys(await import('${specifier}')).join())`]);
    expect(names.trim()).not.toBe('');
  });

  it('stepward/express needs jose and nothing else', () => {
    const modules = join(folder, 'api/node_modules');
    cpSync(installed, join(modules, 'stepward'), { recursive: true });
    symlinkSync(join(root, 'node_modules/jose'), join(modules, 'jose'));
    const script = "console.log(typeof (await import('stepward/express')).requireStepUp)";
    const said = execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: join(folder, 'api'), encoding: 'utf8' });
    expect(said.trim()).toBe('function');
  });

  it('stepward/cognito needs nothing', () => {
    const modules = join(folder, 'page/node_modules');
    cpSync(installed, join(modules, 'stepward'), { recursive: true });
    const script = "console.log(typeof (await import('stepward/cognito')).completeChallenge)";
    const said = execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: join(folder, 'page'), encoding: 'utf8' });
    expect(said.trim()).toBe('function');
  });

  it.each(entries)('%s has its types', (name) => {
    const target = manifest.exports[name] as Record<string, string>;
    expect(readFileSync(join(installed, target.types ?? ''), 'utf8')).toContain('export');
  });

  it('compiles into a TypeScript program', () => {
    const lines = entries.map(
      (name, index) => `import * as part${index} from '${name.replace('.', 'stepward')}'; export { part${index} };`,
    );
    writeFileSync(join(folder, 'app/consumer.ts'), lines.join('\n'));
    const options = ['--noEmit', '--module', 'nodenext', '--target', 'es2024', '--strict', '--skipLibCheck', '--types', 'node'];
    const roots = ['--typeRoots', join(root, 'node_modules/@types')];
    expect(() => inApp([join(root, 'node_modules/typescript/bin/tsc'), ...options, ...roots, 'consumer.ts'])).not.toThrow();
  });

  it('its command runs', () => {
    expect(inApp([join(installed, manifest.bin.stepward ?? ''), '--help'])).toContain('stepward start');
  });

  it('writes the bundle for Auth0, with the Action that it carries', () => {
    const out = join(folder, 'tenant');
    expect(inApp([join(installed, manifest.bin.stepward ?? ''), 'auth0', 'bundle', '--out', out])).toContain('tenant.yaml');
    const code = readFileSync(join(out, 'actions/stepward/code.js'), 'utf8');
    expect(code).toBe(readFileSync(join(installed, 'dist/auth0/stepward.js'), 'utf8'));
    expect(code).toContain('exports.onExecutePostLogin');
  });

  it('carries the functions of a user pool, which load by themselves', () => {
    for (const name of ['define', 'create', 'verify', 'pre-token', 'router']) {
      const copy = join(folder, `${name}.mjs`);
      cpSync(join(installed, `dist/cognito/${name}.mjs`), copy);
      expect(inApp(['--input-type=module', '-e', `console.log(typeof (await import(${JSON.stringify(copy)})).handler)`])).toBe(
        'function\n',
      );
    }
  });

  it('says what a realm of Keycloak needs beside it', () => {
    const env = { STEPWARD_KEYCLOAK_URL: 'https://login.example', STEPWARD_KEYCLOAK_CLIENT_ID: 'x', STEPWARD_KEYCLOAK_CLIENT_SECRET: 'y' };
    const { status, stderr } = spawnSync(
      process.execPath,
      [join(installed, manifest.bin.stepward ?? ''), 'keycloak', 'plan', '--realm', 'shop'],
      {
        cwd: join(folder, 'app'),
        encoding: 'utf8',
        env: { PATH: process.env.PATH, ...env },
      },
    );
    expect([status, stderr]).toEqual([1, expect.stringContaining('npm install @keycloak/keycloak-admin-client')]);
  });

  it('starts, with every file that it reads', async () => {
    const port = await freePort();
    const child = spawn(process.execPath, [join(installed, manifest.bin.stepward ?? ''), 'start'], {
      cwd: join(folder, 'app'),
      env: { PATH: process.env.PATH, PORT: String(port), NODE_OPTIONS: '--disable-warning=ExperimentalWarning' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let complaints = '';
    child.stderr.on('data', (text) => {
      complaints += text;
    });
    const ended = new Promise<number | null>((done) => child.once('exit', done));
    const get = (path: string) => fetch(`http://127.0.0.1:${port}${path}`).catch(() => undefined);
    let ready = false;
    for (let tries = 0; tries < 200 && child.exitCode === null && !ready; tries++) {
      ready = (await get('/readyz'))?.ok === true;
      if (!ready) await new Promise((done) => setTimeout(done, 100));
    }
    const page = await (await get('/challenge?c=unknown'))?.text();
    child.kill('SIGTERM');
    expect({ ready, complaints, code: await ended }).toEqual({ ready: true, complaints: '', code: 0 });
    expect(page).toMatch(/\/theme\/[0-9a-f]{16}\.css/);
  });

  it('holds no source, no test and no key', () => {
    const names = execFileSync('find', ['.', '-type', 'f'], { cwd: installed, encoding: 'utf8' }).trim().split('\n');
    expect(names.filter((name) => /(?<!\.d)\.ts$|\/test\/|\.env|\.db$/.test(name))).toEqual([]);
  });
});
