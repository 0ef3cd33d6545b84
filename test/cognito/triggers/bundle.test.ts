import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildCognito, mostBytes, triggerNames } from '../../../scripts/build-cognito.ts';
import { type FakeCore, startFakeCore } from '../../support/fake-core.ts';
import { type Lambdas, startLambdas } from '../lambda-host/index.ts';
import { writeBuilt } from './support/built.ts';
import { create, define, groups, type Json, passed, password, preToken, session, verify } from './support/events.ts';
import { runtimes } from './support/runtimes.ts';
import { environmentFor } from './support/triggers.ts';

const built = await buildCognito();
const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../../package.json'), 'utf8')) as { version: string };
const texts = [...built];

describe('the files to deploy', () => {
  it('are five, small, and the same every time', async () => {
    expect([...built.keys()]).toEqual(['define.mjs', 'create.mjs', 'verify.mjs', 'pre-token.mjs', 'router.mjs']);
    expect(mostBytes).toBe(64_000);
    for (const [, text] of texts) expect(Buffer.byteLength(text)).toBeLessThanOrEqual(mostBytes);
    expect(await buildCognito()).toEqual(built);
  });

  it.each(texts)('%s says what it is, exports a handler, and needs nothing but node:crypto', (name, text) => {
    expect(text.split('\n')[0]).toBe(
      `/*! Stepward ${version} for Amazon Cognito: ${name.replace('.mjs', '')}. Licence: Apache-2.0. No dependency. */`,
    );
    expect(text.match(/^export .*$/gm)).toEqual(['export { handler };']);
    for (const [, from] of text.matchAll(/\bfrom "([^"]+)"/g)) expect(from).toBe('node:crypto');
    expect(text).not.toMatch(/\brequire\(|\bimport\(/);
  });

  it.each([
    '@aws-sdk',
    'aws-lambda',
    'express',
    'kysely',
    'node:sqlite',
    'node:fs',
    'node:child_process',
    'zod',
    'jose',
    'simplewebauthn',
    'eval(',
    'new Function',
    'StepwardError',
    'auth0',
    'console.error',
  ])('have no `%s` in them', (word) => {
    for (const [name, text] of texts) expect([name, text.includes(word)]).toEqual([name, false]);
  });

  it('define calls nobody', () => {
    expect(built.get('define.mjs')).not.toMatch(/fetch|http|node:/i);
  });

  it('keep nothing of a user between calls', () => {
    for (const [, text] of texts) {
      expect(text.match(/^(?:let|var) (?!\w+ = class extends Error)/gm)).toBeNull();
      // tables, and a number of logins that went without a decision
      const objects = text.match(/^const \w+ = (?:\{|\[|\/\* @__PURE__ \*\/ new |new )/gm) ?? [];
      for (const one of objects) expect(one).toMatch(/ (proven|histories|texts|answers|outcomeTable|deferredAllow|untold|gates) =/);
    }
  });
});

it.runIf(process.env.CI === 'true')('the files run on both versions of Node that Lambda has', () => {
  expect(runtimes.map(([major]) => major)).toEqual(['24', '22']);
});

describe.each(runtimes)('each file by itself on Node %s', (_, node) => {
  let core: FakeCore;
  let lambdas: Lambdas;
  let remove: () => void;
  beforeAll(async () => {
    core = await startFakeCore();
    const { files, remove: clear } = await writeBuilt();
    remove = clear;
    const env = environmentFor(core.origin, { STEPWARD_GATE: 'require' });
    lambdas = await startLambdas({ files, env, node, envs: { unset: {} } });
  });
  afterAll(async () => {
    await lambdas.stop();
    await core.close();
    remove();
  });
  const invoke = async (name: string, event: Json) => {
    const response = await fetch(`${lambdas.url}/2015-03-31/functions/${name}/invocations`, {
      method: 'POST',
      body: JSON.stringify(event),
    });
    return { isError: response.headers.has('x-amz-function-error'), body: (await response.json()) as Json };
  };
  const kept = { v: '1', state: 'ALLOW', key: '00000000-0000-4000-8000-000000000001', sub: 'a|allow' };
  const cases: readonly [string, Json, unknown][] = [
    ['define', define(session(...password, passed)), { issueTokens: true, failAuthentication: false }],
    ['create', create('a|allow'), { publicChallengeParameters: { stepward: '1', mode: 'none' } }],
    ['create', create('a|challenge'), { publicChallengeParameters: { stepward: '1', mode: 'challenge' } }],
    ['verify', verify('a|allow', kept, 'continue'), { answerCorrect: true }],
    ['pre-token', preToken('a|allow', 'Authentication'), { claimsOverrideDetails: { groupOverrideDetails: groups } }],
  ];

  it('answers its event, and so does the router', async () => {
    for (const [name, event, response] of cases)
      for (const file of [name, 'router']) {
        const { isError, body } = await invoke(file, event);
        expect([file, isError]).toEqual([file, false]);
        expect(body).toMatchObject({ ...event, response });
      }
    for (const name of triggerNames) expect(lambdas.coldStarts(name)).toBe(1);
  });

  it('what it refuses reads as Cognito shows it', async () => {
    const { isError, body } = await invoke('create', create('a|block'));
    expect(isError).toBe(true);
    expect(body).toMatchObject({
      errorType: 'Refusal',
      errorMessage: expect.stringMatching(/^\[stepward:blocked:[0-9a-f-]{36}\] Sign-in was blocked$/),
    });
    expect((await invoke('router', { triggerSource: 'PreSignUp_SignUp' })).body).toMatchObject({
      errorMessage: expect.stringMatching(/^\[stepward:unavailable:event\] /),
    });
  });

  it('a server that does not answer is given up before Lambda ends', async () => {
    const { isError, body } = await invoke('create', create('a|slow'));
    expect(isError).toBe(true);
    expect(body).toMatchObject({ errorType: 'Refusal', errorMessage: expect.stringMatching(/^\[stepward:unavailable:[0-9a-f-]{36}\] /) });
  });
});

describe('a file without its settings', () => {
  it('loads, and every call throws', async () => {
    const { files, remove } = await writeBuilt();
    const lambdas = await startLambdas({ files });
    for (const [name, event] of [
      ['define', define(session(...password, passed))],
      ['create', create('a|allow')],
      ['verify', verify('a|allow', {}, 'continue')],
      ['pre-token', preToken('a|allow', 'ClientCredentials')],
      ['router', create('a|allow')],
    ] as const)
      for (let turn = 0; turn < 2; turn += 1) {
        const response = await fetch(`${lambdas.url}/2015-03-31/functions/${name}/invocations`, {
          method: 'POST',
          body: JSON.stringify(event),
        });
        expect(await response.json()).toMatchObject({
          errorMessage: '[stepward:unavailable:config] Sign-in is not possible at the moment. Try again later',
        });
      }
    await lambdas.stop();
    remove();
  });
});
