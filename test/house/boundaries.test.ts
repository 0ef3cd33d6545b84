import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { violationsOf } from '../../scripts/boundaries.ts';
import { checkBoundaries } from '../../scripts/check-boundaries.ts';

const root = `${import.meta.dirname}/../..`;
const packages = new Set(['express', '@simplewebauthn/server']);
const whats = (file: string, text: string) => violationsOf(file, text, packages).map(({ what }) => what);

describe('the source keeps to its boundaries', () => {
  it('in every file that is under version control', () => {
    const { files, violations } = checkBoundaries(root);
    const tracked = execFileSync('git', ['ls-files', 'core/*.ts', 'adapters/*.ts'], { cwd: root, encoding: 'utf8' }).trim().split('\n');
    expect(files.length).toBeGreaterThanOrEqual(tracked.length);
    expect(files.length).toBeGreaterThan(20);
    expect(violations).toEqual([]);
  });
});

describe('core imports nothing but itself', () => {
  it.each([
    ["import express from 'express';"],
    ["import type { Server } from 'node:http';"],
    ["import { createClient } from '../adapters/client/index.ts';"],
    ["export * from '../adapters/client/index.ts';"],
    ["export { x } from '../test/x.ts';"],
    ["type A = import('../adapters/store/open.ts').Store;"],
    ["type A = import('kysely').Kysely;"],
    ["const m = await import('node:fs');"],
    ['const m = await import(name);'],
    ["import '../adapters/client/index.ts';"],
  ])('%s', (text) => expect(whats('core/track.ts', text)).toHaveLength(1));

  it('and itself it may', () => {
    expect(whats('core/rules/compile.ts', "import { a } from '../errors.ts'; type B = import('./b.ts').B;")).toEqual([]);
  });
});

describe('core reads no clock, no chance, no network, no process', () => {
  it.each([
    ['const t = Date.now();'],
    ['const t = new Date();'],
    ['const t = Date();'],
    ['const r = Math.random();'],
    ['await fetch(url);'],
    ['const k = process.env.KEY;'],
    ['const { env } = process;'],
    ['setTimeout(run, 10);'],
    ['const f = globalThis.fetch;'],
    ['run({ process });'],
  ])('%s', (text) => expect(whats('core/track.ts', text)).not.toEqual([]));

  it('a date of a given time, WebCrypto and properties of those names are no such thing', () => {
    const text =
      'type P = { process: string; fetch(): void }; const d = new Date(at); await crypto.subtle.digest(a, b); ports.fetch(); run({ process: 1 });';
    expect(whats('core/track.ts', text)).toEqual([]);
  });
});

describe('what runs in the pages of applications imports nothing but itself', () => {
  const file = 'adapters/cognito/client/refusal.ts';
  it.each([
    ["import type { State } from '../../../core/index.ts';"],
    ["import { createClient } from '../../client/index.ts';"],
    ["import { handler } from '../triggers/verify-answer.ts';"],
    ["import { randomUUID } from 'node:crypto';"],
    ["import express from 'express';"],
    ['const m = await import(name);'],
  ])('%s', (text) => expect(whats(file, text)).toHaveLength(1));

  it('and itself it may', () => expect(whats(file, "import { randomId } from './random.ts';")).toEqual([]));
});

describe('an adapter imports the core, its ports and the client', () => {
  it.each([
    ['adapters/http/routes.ts', "import { a } from '../store/open.ts';"],
    ['adapters/http/v1/routes.ts', "import { a } from '../../store/open.ts';"],
    ['adapters/http/routes.ts', "import { a } from '../../core/track.ts';"],
    ['adapters/http/routes.ts', "type A = import('../../core/rules/compile.ts').A;"],
    ['adapters/http/routes.ts', "import { a } from 'left-pad';"],
    ['adapters/http/routes.ts', "import { a } from '../../scripts/build.ts';"],
    ['adapters/server/main.ts', "import { a } from '../../test/support/browser.ts';"],
    ['adapters/auth0/tenant.ts', "import { effectOf } from '../../core/policy/outcome-table.ts';"],
    ['adapters/auth0/action/act.ts', "import { parseAddress } from '../../../core/index.ts';"],
    ['adapters/auth0/action/act.ts', "import { parseAddress, type State } from '../../../core/index.ts';"],
    ['adapters/auth0/action/act.ts', "export * from '../../../core/index.ts';"],
    ['adapters/auth0/action/act.ts', "import type { A } from '../../../core/policy/freshness.ts';"],
    ['adapters/cognito/triggers/create.ts', "import { parseAddress } from '../../../core/index.ts';"],
    ['adapters/cognito/triggers/create.ts', "import type { A } from '../../../core/policy/freshness.ts';"],
    ['adapters/cognito/client/popup.ts', "import { effectOf } from '../../../core/policy/outcome-table.ts';"],
    ['adapters/cognito/triggers/create.ts', "import type { Context } from 'aws-lambda';"],
  ])('%s: %s', (file, text) => expect(whats(file, text)).toHaveLength(1));

  it.each([
    ['adapters/http/v1/routes.ts', "import { a } from '../../../core/index.ts'; import { b } from '../errors.ts';"],
    ['adapters/http/routes.ts', "import type { Store } from '../../core/ports/store.ts'; import express from 'express';"],
    ['adapters/oidc/provider.ts', "import { createClient } from '../client/index.ts';"],
    ['adapters/auth0/action/act.ts', "import { effectOf } from '../../../core/policy/outcome-table.ts';"],
    ['adapters/cognito/triggers/create.ts', "import { effectOf } from '../../../core/policy/outcome-table.ts';"],
    [
      'adapters/cognito/triggers/create.ts',
      "import { callCore } from '../../client/short-call.ts'; import type { State } from '../../../core/index.ts';",
    ],
    ['adapters/auth0/action/act.ts', "import type { State } from '../../../core/index.ts'; import { a } from '../../client/transport.ts';"],
    ['adapters/server/main.ts', "import { a } from '../store/open.ts'; import { b } from '../../core/track.ts';"],
    ['adapters/http/routes.ts', "import { c } from '@simplewebauthn/server/helpers'; import { d } from 'node:http';"],
  ])('%s may: %s', (file, text) => expect(whats(file, text)).toEqual([]));
});

describe('weak randomness and comparison', () => {
  it.each([
    ['const n = Math.random();'],
    ['if (token === expected) run();'],
    ['if (given !== visit.csrfToken) deny();'],
    ['if (clientSecret == other) run();'],
    ['const same = request.ticket === stored;'],
  ])('%s', (text) => expect(whats('adapters/http/a.ts', text)).toHaveLength(1));

  it('presence, type and words that only end alike are no comparison of secrets', () => {
    const text =
      "if (token === undefined) a(); if (typeof token === 'string') b(); if (hasTicket === wanted) c(); if (tokenHash === h) d();";
    expect(whats('adapters/http/a.ts', text)).toEqual([]);
  });
});
