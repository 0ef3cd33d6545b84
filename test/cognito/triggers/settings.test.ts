import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FakeCore, json, plays, startFakeCore } from '../../support/fake-core.ts';
import { create, define, passed, password, preToken, session, verify } from './support/events.ts';
import { createResponse, defineResponse, type Env, environmentFor, logged, refusalOf, triggersOf } from './support/triggers.ts';

/** Nobody listens there. */
const nobody = 'http://127.0.0.1:9';
const config = '[stepward:unavailable:config] Sign-in is not possible at the moment. Try again later';
const all = (env: Env) => {
  const { define: first, ...others } = triggersOf(env);
  return {
    define: [first, define(session(...password, passed))],
    create: [others.create, create('a|allow')],
    verify: [others.verify, verify('a|allow', {}, 'x')],
    preToken: [others.preToken, preToken('a|allow', 'ClientCredentials')],
  } as const;
};
/** The triggers that refuse to work under these settings. */
const refusing = async (more: Env): Promise<readonly string[]> => {
  const names: string[] = [];
  for (const [name, [handler, event]] of Object.entries(all(environmentFor(nobody, more)))) {
    const isRefused = await handler(event).then(
      () => false,
      (error: Error) => error.message === config,
    );
    if (isRefused) names.push(name);
  }
  return names;
};
const everything = ['define', 'create', 'verify', 'preToken'];
const calling = ['create', 'verify', 'preToken'];

describe('a setting that is missing or malformed stops the triggers that need it, at every call', () => {
  const cases: readonly [string, readonly string[], readonly string[]][] = [
    [
      'STEPWARD_URL',
      ['', 'http://stepward.example', 'https://stepward.example/path', 'https://a@stepward.example', 'ftp://x', 'stepward.example'],
      calling,
    ],
    ['STEPWARD_SERVER_KEY', ['', 'two words', 'ünïcode'], calling],
    ['STEPWARD_SERVER_KEY_SECRET_ID', ['also-set', 'with space'], calling],
    ['STEPWARD_ACTION', ['sign in', 'x'.repeat(65), '../open'], calling],
    ['STEPWARD_FAILURE_POLICY', ['fallback', 'Allow', 'allow ', 'signIn=allow', 'true'], ['create', 'preToken']],
    ['STEPWARD_DEADLINE_MS', ['3501', '499', '0', '-1', '1e3', '3000ms', '5000'], calling],
    [
      'STEPWARD_RETURN_URLS',
      ['', '[]', '{}', 'https://app.example', '{"a":1}', '{"a":""}', '{"":"popup"}', '{', 'null'],
      ['define', 'create'],
    ],
    [
      'STEPWARD_RETURN_URLS',
      [
        '{"a":"javascript:alert(1)"}',
        '{"a":"http://app.example"}',
        '{"a":"https://u:p@app.example"}',
        '{"a":"Popup"}',
        '{"a":"//app.example"}',
      ],
      ['create'],
    ],
    ['STEPWARD_MAX_ROUNDS', ['0', '11', '-1', '3.5', 'three'], ['define']],
    ['STEPWARD_COGNITO_HOST_MFA', ['yes', '1', 'TRUE'], ['define']],
    ['STEPWARD_COGNITO_DEFER', ['yes', '1'], ['create']],
    ['STEPWARD_GATE', ['', 'off', 'Admit', 'admit,require'], ['preToken']],
    ['STEPWARD_REFRESH_ACTION', ['a b'], ['preToken']],
    ['STEPWARD_SCOPE_SECONDS', ['0', '-1', 'hour', '1.5'], ['preToken']],
    ['STEPWARD_EXCEPT_CLIENTS', ['a;b', '["a"]'], ['preToken']],
  ];
  it.each(cases)('%s: %j', async (name, values, wanted) => {
    for (const value of values) {
      expect([value, await refusing({ [name]: value })]).toEqual([value, wanted]);
      expect(logged.filter((line) => line.includes(`misconfigured:${name.replace('_SECRET_ID', '')}`))).not.toEqual([]);
      // the value may be a secret
      if (value.length > 3) expect(logged.slice(-8).join('\n')).not.toContain(`:${value}`);
    }
  });

  it('what is right stops nothing', async () => {
    expect(await refusing({})).toEqual([]);
    expect(everything).toHaveLength(Object.keys(all(environmentFor(nobody))).length);
    const more = {
      STEPWARD_URL: 'http://localhost:9/',
      STEPWARD_FAILURE_POLICY: 'allow',
      STEPWARD_DEADLINE_MS: '3500',
      STEPWARD_MAX_ROUNDS: '10',
      STEPWARD_RETURN_URLS: '{"a":"http://localhost:3000/back#x","b":"popup","c":"https://app.example:8443/?q=1"}',
      STEPWARD_EXCEPT_CLIENTS: ' a , b,',
      STEPWARD_GATE: 'scope',
    };
    expect(await refusing(more)).toEqual([]);
  });

  it('STEPWARD_MAX_ROUNDS', async () => {
    const { define: handler } = triggersOf(environmentFor(nobody, { STEPWARD_MAX_ROUNDS: '1' }));
    expect(await defineResponse(handler, define(session(...password)))).toMatchObject({ challengeName: 'CUSTOM_CHALLENGE' });
    expect(await defineResponse(handler, define(session(...password, ['CUSTOM_CHALLENGE', false, 'stepward:1'])))).toMatchObject({
      failAuthentication: true,
    });
  });
});

describe('the key as a secret of AWS, read through its extension on this machine', () => {
  let core: FakeCore;
  let answer: (secretId: string | null, token: unknown) => { readonly status: number; readonly body: unknown };
  let asked = 0;
  let accepted = 'sk_secret_1';
  const extension = createServer((request, response) => {
    asked += 1;
    const url = new URL(request.url ?? '', 'http://localhost');
    if (url.pathname !== '/secretsmanager/get') return void response.writeHead(404).end();
    const { status, body } = answer(url.searchParams.get('secretId'), request.headers['x-aws-parameters-secrets-token']);
    return json(response, status, body);
  });
  beforeAll(async () => {
    core = await startFakeCore({
      keyed: (said, response, origin) =>
        (said.authorization === `Basic ${btoa(`${accepted}:`)}` ? plays.allow : plays.unauthorized)?.(said, response, origin),
    });
    await new Promise<void>((done) => extension.listen(0, 'localhost', done));
  });
  afterAll(async () => {
    extension.closeAllConnections();
    await new Promise((done) => extension.close(done));
    await core.close();
  });
  const secretId = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:stepward/key-AbCdEf';
  const create_ = () =>
    triggersOf(
      environmentFor(core.origin, {
        STEPWARD_SERVER_KEY: '',
        STEPWARD_SERVER_KEY_SECRET_ID: secretId,
        PARAMETERS_SECRETS_EXTENSION_HTTP_PORT: String((extension.address() as AddressInfo).port),
        AWS_SESSION_TOKEN: 'session-token',
      }),
    ).create;
  const holds = (secret: unknown, status = 200): void => {
    answer = (id, token) =>
      id === secretId && token === 'session-token' ? { status, body: { SecretString: secret } } : { status: 403, body: {} };
  };
  const allowed = { publicChallengeParameters: { mode: 'none' } };

  it('the text itself, or a member of an object; asked for once', async () => {
    for (const secret of ['sk_secret_1', '{"STEPWARD_SERVER_KEY":"sk_secret_1","other":"x"}']) {
      holds(secret);
      const handler = create_();
      asked = 0;
      for (let turn = 0; turn < 3; turn += 1) expect(await createResponse(handler, create('a|keyed'))).toMatchObject(allowed);
      expect(asked).toBe(1);
    }
  });

  it('is read again after the core refused it', async () => {
    holds('sk_secret_1');
    const handler = create_();
    expect(await createResponse(handler, create('a|keyed'))).toMatchObject(allowed);
    accepted = 'sk_secret_2';
    holds('sk_secret_2');
    expect(await refusalOf(createResponse(handler, create('a|keyed')))).toMatch(/^\[stepward:unavailable:<ref>\]/);
    expect(await createResponse(handler, create('a|keyed'))).toMatchObject(allowed);
    accepted = 'sk_secret_1';
  });

  it('none, a malformed one, or that of something else: nobody is called, and the next call asks again', async () => {
    const handler = create_();
    const before = core.said.length;
    for (const [secret, status] of [
      ['', 200],
      [undefined, 200],
      [7, 200],
      ['two words', 200],
      ['{"password":"of-another"}', 200],
      ['{"STEPWARD_SERVER_KEY":7}', 200],
      ['sk_secret_1', 400],
      ['sk_secret_1', 500],
      ['x'.repeat(5000), 200],
    ] as const) {
      holds(secret, status);
      expect(await refusalOf(createResponse(handler, create('a|keyed')))).toBe(config);
    }
    expect(core.said.length).toBe(before);
    holds('sk_secret_1');
    expect(await createResponse(handler, create('a|keyed'))).toMatchObject(allowed);
  });
});
