import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, ask, createOidcBrowser, redirectUri } from '../support/oidc-caller.ts';
import { issuer, type OidcNodeSettings, scope, startOidcNode } from '../support/oidc-node.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';

const rounds = process.env.STEPWARD_LONG_TESTS === '1' ? 50 : 4;
const times = 8;

const keyOf = async (alg: string): Promise<JWK> => ({
  ...(await exportJWK((await generateKeyPair(alg, { extractable: true })).privateKey)),
  ...{ alg, use: 'sig', kid: alg },
});
const serviceKey = await keyOf('ES256');
const { d: _, ...servicePublic } = serviceKey;
const secret = randomBytes(32).toString('base64url');

const settingsOf = async (databaseUrl: string): Promise<OidcNodeSettings> => ({
  databaseUrl,
  encryptionKey: randomBytes(32).toString('base64url'),
  jwks: { keys: [await keyOf('RS256'), await keyOf('ES256')] } as OidcNodeSettings['jwks'],
  clients: [
    {
      ...{ client_id: 'app', client_secret: secret, token_endpoint_auth_method: 'client_secret_post', redirect_uris: [redirectUri] },
      ...{ grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'] },
    },
    {
      ...{ client_id: 'service', token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [servicePublic] } },
      ...{ grant_types: ['client_credentials'], response_types: [], redirect_uris: [] },
    },
  ] as OidcNodeSettings['clients'],
});

type Nodes = { readonly ports: readonly [number, number]; end(): Promise<void> };

const twoStores = async (url: string): Promise<Nodes> => {
  const settings = await settingsOf(url);
  const [one, two] = [await startOidcNode(settings), await startOidcNode(settings)];
  return { ports: [one.port, two.port], end: async () => void (await Promise.all([one.close(), two.close()])) };
};

const startChild = (settings: OidcNodeSettings): Promise<{ readonly child: ChildProcess; readonly port: number }> =>
  new Promise((resolve, reject) => {
    const script = join(import.meta.dirname, '../support/oidc-node.ts');
    const child = spawn(process.execPath, [script, JSON.stringify(settings)], { stdio: ['ignore', 'pipe', 'inherit'] });
    child.once('exit', (code) => reject(new Error(`ended with ${code}`)));
    child.stdout.on('data', (chunk) => {
      const port = /port (\d+)/.exec(String(chunk))?.[1];
      if (port) resolve({ child, port: Number(port) });
    });
  });

const twoProcesses = async (url: string): Promise<Nodes> => {
  const settings = await settingsOf(url);
  const [one, two] = await Promise.all([startChild(settings), startChild(settings)]);
  return { ports: [one.port, two.port], end: async () => [one, two].forEach(({ child }) => void child.kill('SIGKILL')) };
};

let server: TestPostgres | undefined;
const folder = mkdtempSync(join(tmpdir(), 'stepward-oidc-'));
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const places: Readonly<Record<string, () => Promise<Nodes | undefined>>> = {
  'two stores on SQLite': () => twoStores(`sqlite:${join(folder, 'stores.db')}`),
  'two processes on SQLite': () => twoProcesses(`sqlite:${join(folder, 'processes.db')}`),
  'two stores on PostgreSQL': async () => server && twoStores(await server.database()),
  'two processes on PostgreSQL': async () => server && twoProcesses(await server.database()),
};

describe.each(Object.keys(places))(`${times} at once over %s: exactly one goes on`, (name) => {
  let nodes: Nodes | undefined;
  let ports: readonly [number, number];
  beforeAll(async () => {
    nodes = await places[name]?.();
    if (nodes) ports = nodes.ports;
  });
  afterAll(() => nodes?.end());
  beforeEach((context) => {
    if (!nodes) context.skip('no PostgreSQL here');
  });

  const client = { client_id: 'app', client_secret: secret };
  const at = (nth: number): number => ports[nth % 2 ? 1 : 0];
  const token = (nth: number, form: Readonly<Record<string, string>>, headers = {}): Promise<Answer> =>
    ask(at(nth), '/token', { form: { ...client, ...form }, headers });
  const race = <T>(use: (nth: number) => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: times }, (_, nth) => use(nth)));
  const codeFor = async (browser = createOidcBrowser('ann'), more = {}): Promise<string> => {
    const code = (await browser.authorize(at(0), 'app', more)).get('code');
    if (!code) throw new Error('no code');
    return code;
  };
  const exchange = (nth: number, code: string, headers = {}): Promise<Answer> =>
    token(nth, { grant_type: 'authorization_code', code, redirect_uri: redirectUri }, headers);
  const won = (answers: readonly Answer[]): Answer => {
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, ...Array.from({ length: times - 1 }, () => 400)]);
    return answers.find(({ status }) => status === 200) as Answer;
  };

  /** Whether each node takes the access token, and the refresh token. */
  const lives = async ({ body }: Answer): Promise<readonly boolean[]> => {
    const bearer = { authorization: `Bearer ${body.access_token}` };
    const shown = await Promise.all([0, 1].map((nth) => ask(at(nth), '/me', { headers: bearer })));
    for (const { status } of shown) expect([200, 401]).toContain(status);
    const introspected = await ask(at(1), '/token/introspection', { form: { ...client, token: String(body.access_token) } });
    const refreshed = await token(0, { grant_type: 'refresh_token', refresh_token: String(body.refresh_token) });
    return [...shown.map(({ status }) => status === 200), introspected.body.active === true, refreshed.status === 200];
  };
  const alive = [true, true, true, true];
  const dead = [false, false, false, false];

  it('one code; and what came of it is dead', async () => {
    expect(await lives(await exchange(0, await codeFor()))).toEqual(alive);
    for (let round = 0; round < rounds; round++) {
      const code = await codeFor();
      const answers = await race((nth) => exchange(nth, code));
      const winner = won(answers);
      for (const { status, body } of answers) if (status !== 200) expect(body.error).toBe('invalid_grant');
      expect(await lives(winner)).toEqual(dead);
    }
  });

  it('one refresh token; and its whole family is dead', async () => {
    for (let round = 0; round < rounds; round++) {
      const first = await exchange(0, await codeFor());
      const answers = await race((nth) => token(nth, { grant_type: 'refresh_token', refresh_token: String(first.body.refresh_token) }));
      const winner = won(answers);
      for (const { status, body } of answers) if (status !== 200) expect(body.error).toBe('invalid_grant');
      expect(await lives(winner)).toEqual(dead);
      expect(await lives(first)).toEqual(dead);
    }
  });

  it('a code that is used again later kills what came of it', async () => {
    const code = await codeFor();
    const first = await exchange(0, code);
    expect((await exchange(1, code)).body.error).toBe('invalid_grant');
    expect(await lives(first)).toEqual(dead);
  });

  it('one pushed request', async () => {
    const browser = createOidcBrowser('ann');
    await codeFor(browser);
    for (let round = 0; round < rounds; round++) {
      const form = { ...client, response_type: 'code', redirect_uri: redirectUri, scope };
      const { request_uri } = (await ask(at(round), '/request', { form })).body;
      const path = `/auth?${new URLSearchParams({ client_id: 'app', request_uri: String(request_uri) })}`;
      const returns = await race((nth) => browser.open(at(nth), path));
      expect(returns.filter((each) => each.has('code'))).toHaveLength(1);
      for (const each of returns) if (!each.has('code')) expect(`${each.get('error')} ${each.get('text')}`).toMatch('invalid_request_uri');
    }
  });

  it('one interaction', async () => {
    for (let round = 0; round < rounds; round++) {
      const browser = createOidcBrowser('ann');
      const resume = (await browser.authorize(at(0), 'app', {}, 2)).get('to') ?? '';
      const returns = await race((nth) => browser.open(at(nth), resume));
      expect(returns.filter((each) => each.has('code'))).toHaveLength(1);
    }
  });

  it('one DPoP proof', async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256');
    const jwk = await exportJWK(publicKey);
    const proof = async (path: string, more = {}): Promise<string> =>
      new SignJWT({ htm: path === '/me' ? 'GET' : 'POST', htu: `${issuer}${path}`, jti: randomUUID(), ...more })
        .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk })
        .setIssuedAt()
        .sign(privateKey);
    const { body } = await exchange(0, await codeFor(), { dpop: await proof('/token') });
    expect(body.token_type).toBe('DPoP');
    const hash = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(String(body.access_token)))).toString('base64url');
    for (let round = 0; round < rounds; round++) {
      const headers = { authorization: `DPoP ${body.access_token}`, dpop: await proof('/me', { ath: hash }) };
      const answers = await race((nth) => ask(at(nth), '/me', { headers }));
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      for (const { status } of answers) expect([200, 400, 401]).toContain(status);
    }
  });

  it('one client assertion', async () => {
    const key = await importJWK(serviceKey, 'ES256');
    for (let round = 0; round < rounds; round++) {
      const assertion = await new SignJWT({ jti: randomUUID() })
        .setProtectedHeader({ alg: 'ES256' })
        .setIssuer('service')
        .setSubject('service')
        .setAudience(issuer)
        .setIssuedAt()
        .setExpirationTime('1m')
        .sign(key);
      const form = {
        ...{ grant_type: 'client_credentials', client_assertion: assertion },
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      };
      const answers = await race((nth) => ask(at(nth), '/token', { form }));
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      for (const { status } of answers) expect([200, 400, 401]).toContain(status);
    }
  });
});
