import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sourcesBelow } from '../../scripts/source.ts';

const root = resolve(import.meta.dirname, '../..');

/** Entry points: to run them is their purpose. Browser scripts and the bundler are not imported by the product. */
const isEntry = (file: string): boolean =>
  /\/main\.ts$/.test(file) || /^adapters\/(?:pages\/(?:browser\/|bundle\.ts)|cognito\/triggers\/entry\/)/.test(file);

const probe = `
import { readFileSync } from 'node:fs';
const read = new Set();
const watched = /^(STEPWARD_|HOST$|PORT$)/;
process.env = new Proxy({ ...process.env }, { get: (env, name) => (watched.test(String(name)) && read.add(name), env[name]) });
const said = [];
for (const stream of [process.stdout, process.stderr]) stream.write = (text) => (said.push(String(text)), true);
const before = process.getActiveResourcesInfo().length;
const files = JSON.parse(readFileSync(0, 'utf8'));
for (const file of files) await import(file);
const timers = process.getActiveResourcesInfo().length - before;
delete process.stdout.write;
process.stdout.write(JSON.stringify({ read: [...read], said, timers, files: files.length }));
`;

const effectsOf = (files: readonly string[]): unknown =>
  JSON.parse(
    execFileSync(process.execPath, ['--input-type=module', '-e', probe], {
      input: JSON.stringify(files),
      encoding: 'utf8',
      timeout: 30_000,
      env: { ...process.env, NODE_OPTIONS: '--disable-warning=ExperimentalWarning' },
    }),
  );

describe('importing a module does nothing', () => {
  const files = [...sourcesBelow(root, 'core'), ...sourcesBelow(root, 'adapters')].filter((file) => !isEntry(file));

  it('reads no setting, says nothing, leaves nothing running', () => {
    expect(effectsOf(files.map((file) => join(root, file)))).toEqual({ read: [], said: [], timers: 0, files: files.length });
  });

  it('the probe sees what it looks for', () => {
    const folder = mkdtempSync(join(tmpdir(), 'stepward-import-'));
    const file = join(folder, 'acts.mjs');
    writeFileSync(file, "console.log(process.env.PORT ?? ''); setTimeout(() => {}, 10);");
    expect(effectsOf([file])).toEqual({ read: ['PORT'], said: ['\n'], timers: 1, files: 1 });
    rmSync(folder, { recursive: true });
  });

  it('an entry point is found by its name alone', () => {
    const shebangs = sourcesBelow(root, 'adapters').filter((file) => readFileSync(join(root, file), 'utf8').startsWith('#!'));
    expect(shebangs.filter((file) => !isEntry(file))).toEqual([]);
  });
});
