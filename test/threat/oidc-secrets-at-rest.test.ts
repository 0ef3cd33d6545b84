import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair } from 'jose';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, createOidcBrowser, redirectUri } from '../support/oidc-caller.ts';
import { type OidcNode, type OidcNodeSettings, scope, startOidcNode } from '../support/oidc-node.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { crawl } from './support/crawl.ts';

const folder = mkdtempSync(join(tmpdir(), 'stepward-oidc-rest-'));
let server: TestPostgres | undefined;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true });
});

type Place = { readonly url: string; dump(): Promise<string> };

/** Every byte of the files, freed pages and the log among them. */
const sqlite = async (): Promise<Place> => ({
  url: `sqlite:${join(folder, 'oidc.db')}`,
  dump: async () =>
    readdirSync(folder)
      .map((name) => readFileSync(join(folder, name), 'latin1'))
      .join('\n'),
});
/** Every value of every table. */
const postgres = async (): Promise<Place | undefined> => {
  if (!server) return undefined;
  const url = await server.database();
  return {
    url,
    dump: async () => {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      const { rows: tables } = await client.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'");
      const all: unknown[] = [];
      for (const { tablename } of tables) all.push(tablename, (await client.query(`SELECT * FROM ${tablename}`)).rows);
      await client.end();
      return JSON.stringify(all);
    },
  };
};

const keyOf = async (alg: string) => ({
  ...(await exportJWK((await generateKeyPair(alg, { extractable: true })).privateKey)),
  ...{ alg, use: 'sig', kid: alg },
});
const long = (): string => randomBytes(24).toString('base64url');

describe.each(Object.entries({ sqlite, postgres }))('no secret at rest after a full run of the provider on %s', (_, open) => {
  const encryptionKey = randomBytes(32).toString('base64url');
  const secrets: Record<string, string> = {
    ...{ 'encryption key': encryptionKey, 'client secret': long(), account: `account-${long()}`, 'state of the application': long() },
    ...{ nonce: long(), 'login hint': `${long()}@example.org`, 'upstream state': long(), 'upstream verifier': long() },
    ...{ 'upstream sid': long(), 'upstream nonce': long() },
  };
  const of = (name: string): string => secrets[name] ?? '';
  let place: Place | undefined;
  let node: OidcNode;
  let running = '';

  /** A pushed request, a sign-in, a code, its tokens, a rotation, a code used again, a sign-in that stays under way. */
  const fullRun = async (dump: Place['dump']): Promise<void> => {
    const client = { client_id: 'app', client_secret: of('client secret') };
    const post = async (path: string, form: Readonly<Record<string, string>>) => {
      const { status, body, text } = await ask(node.port, path, { form: { ...client, ...form } });
      expect(status, text).toBeLessThan(300);
      return body;
    };
    const asked = { state: of('state of the application'), nonce: of('nonce'), login_hint: of('login hint') };
    const pushed = await post('/request', { response_type: 'code', redirect_uri: redirectUri, scope, ...asked });
    secrets.request_uri = String(pushed.request_uri).split(':').at(-1) ?? '';
    const browser = createOidcBrowser(of('account'));
    const returned = await browser.authorize(node.port, 'app', { request_uri: String(pushed.request_uri) });
    secrets.code = returned.get('code') ?? '';
    const exchange = { grant_type: 'authorization_code', code: secrets.code, redirect_uri: redirectUri };
    const first = await post('/token', exchange);
    const second = await post('/token', { grant_type: 'refresh_token', refresh_token: String(first.refresh_token) });
    secrets['refresh token'] = String(first.refresh_token);
    secrets['next refresh token'] = String(second.refresh_token);
    secrets['access token'] = String(first.access_token);
    secrets['next access token'] = String(second.access_token);
    const session = await node.provider.Session.find(browser.cookies.get('_session') ?? '');
    secrets['session uid'] = session?.uid ?? '';
    const grantId = session?.grantIdFor('app') ?? '';
    secrets['grant id'] = grantId;
    secrets['sid of the application'] = session?.sidFor('app') ?? '';

    const { records } = node;
    const keep = { expiresAt: Date.now() + 600_000, account: of('account') };
    const pending = {
      ...{ uid: of('session uid'), upstream: 'up', record: '1', begunAt: Date.now(), again: false },
      ...{ codeVerifier: of('upstream verifier'), nonce: of('upstream nonce') },
    };
    await records.put('UpstreamLogin', of('upstream state'), pending, keep);
    await records.put('UpstreamSession', `up\n${of('upstream sid')}`, of('session uid'), keep);
    await records.put('FactorLog', of('session uid'), { log: { accountId: of('account'), upstream: 'up', proofs: [], usedAt: 1 } }, keep);

    const other = createOidcBrowser(`other-${of('account')}`);
    await other.authorize(node.port, 'app', asked);
    await ask(
      node.port,
      `/auth?${new URLSearchParams({ client_id: 'app', response_type: 'code', redirect_uri: redirectUri, scope, ...asked })}`,
    );
    for (const [name, each] of Object.entries({ browser, other }))
      [...each.seen].forEach((cookie, nth) => {
        secrets[`cookie ${nth} of ${name}`] = cookie;
      });
    running = await dump();
    expect((await ask(node.port, '/token', { form: { ...client, ...exchange } })).body.error).toBe('invalid_grant');
    for (const [name, secret] of Object.entries(secrets)) expect(secret.length, `${name} was not seen`).toBeGreaterThan(15);
  };

  beforeAll(async () => {
    place = await open();
    if (!place) return;
    const clients = [
      {
        ...{ client_id: 'app', client_secret: of('client secret'), token_endpoint_auth_method: 'client_secret_post' },
        ...{ redirect_uris: [redirectUri], grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'] },
      },
    ] as OidcNodeSettings['clients'];
    node = await startOidcNode({
      ...{ databaseUrl: place.url, encryptionKey, clients },
      jwks: { keys: [await keyOf('RS256')] } as OidcNodeSettings['jwks'],
    });
    await fullRun(place.dump);
  });
  afterAll(() => place && node.close());

  // fails without: keyed hashes of ids, and sealed values
  it('the database while the provider runs', async (context) => {
    if (!place) return context.skip('no PostgreSQL here');
    const models = ['Session', 'Interaction', 'Grant', 'AuthorizationCode', 'AccessToken', 'RefreshToken', 'PushedAuthorizationRequest'];
    for (const model of [...models, 'UpstreamLogin', 'UpstreamSession', 'FactorLog'])
      expect(running.includes(model), `no ${model} was there`).toBe(true);
    expect(crawl(running, secrets)).toEqual([]);
  });

  it('the database after a code was used again', async (context) => {
    if (!place) return context.skip('no PostgreSQL here');
    expect(crawl(await place.dump(), secrets)).toEqual([]);
  });

  it('the scan finds each that lies there', async (context) => {
    if (!place) return context.skip('no PostgreSQL here');
    for (const [name, secret] of Object.entries(secrets))
      await node.store.providerState.put({ model: 'Planted', idHash: name, sealed: JSON.stringify({ jti: secret }) });
    expect(crawl(await place.dump(), secrets)).toEqual(Object.keys(secrets));
  });
});
