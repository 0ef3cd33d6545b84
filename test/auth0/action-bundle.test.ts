import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildAuth0Action, mostBytes } from '../../scripts/build-auth0.ts';
import { runtimes } from './support/action.ts';

const text = await buildAuth0Action();
const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as { version: string };
const end = text.indexOf('*/') + 3;
const [banner, body] = [text.slice(0, end), text.slice(end)];

describe('the file to paste', () => {
  it('is small and not minified', () => {
    expect(mostBytes).toBe(24_000);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(mostBytes);
    const lines = body.split('\n');
    expect(lines.length).toBeGreaterThan(400);
    expect(body).toContain('const onExecutePostLogin = (event, api) =>');
  });

  it('says what it is, what to set and where to paste it', () => {
    expect(banner).toContain(`Stepward ${version} for Auth0. Licence: Apache-2.0.`);
    expect(banner).toContain(`SHA-256 of all that follows this comment: ${createHash('sha256').update(body).digest('hex')}`);
    expect(banner).toContain('Login / Post Login');
    const read = new Set(body.match(/STEPWARD_[A-Z_]+/g));
    expect([...new Set(banner.match(/STEPWARD_[A-Z_]+/g))].sort()).toEqual([...read].sort());
    for (const [name] of body.matchAll(/(?<=metadata\.)stepward_[a-z_]+/g)) expect(banner).toContain(name);
  });

  it('is the same every time', async () => {
    expect(await buildAuth0Action()).toBe(text);
  });

  it('needs nothing but node:crypto', () => {
    expect(new Set(body.match(/require\([^)]*\)/g))).toEqual(new Set(['require("node:crypto")']));
  });

  it.each([
    'oidc-provider',
    'kysely',
    'express',
    'zod',
    'jose',
    'simplewebauthn',
    'process.env',
    'eval(',
    'new Function',
    'require("http',
    'import(',
    'StepwardError',
    'api.cache',
    'AppMetadata',
    'UserMetadata',
    // not there on Node 18
    'AbortSignal.any',
    'crypto.hash',
    'groupBy',
    'toSorted',
    'withResolvers',
  ])('has no `%s` in it', (word) => expect(body).not.toContain(word));

  it('keeps nothing between executions but how many logins went without a decision', () => {
    expect(body.match(/^(?:let|var) .*$/gm)).toEqual(['let node_crypto = require("node:crypto");']);
    expect(body.match(/^const \w+ = (?:\{|\[|new )/gm)?.sort()).toEqual(
      ['factorTypes', 'factorValues', 'methodValues', 'riskLevels']
        .map((name) => `const ${name} = new `)
        .concat(['deferredAllow', 'kept', 'outcomeTable', 'unreachable', 'untold'].map((name) => `const ${name} = {`))
        .sort(),
    );
  });

  it.each(runtimes)('loads on Node %s by itself', (version) => {
    const folder = mkdtempSync(join(tmpdir(), 'stepward-action-'));
    const file = join(folder, 'code.cjs');
    writeFileSync(file, text);
    const node = version === 'current' ? process.execPath : join(import.meta.dirname, `node_modules/node${version}/bin/node`);
    const said = execFileSync(
      node,
      ['-p', `Object.entries(require(${JSON.stringify(file)})).map(([n, f]) => n + ' ' + typeof f + ' ' + f.length).join()`],
      { env: {} },
    );
    rmSync(folder, { recursive: true });
    expect(String(said).trim()).toBe('onContinuePostLogin function 2,onExecutePostLogin function 2');
  });
});
