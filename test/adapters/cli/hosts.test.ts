import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../../adapters/cli/run.ts';
import { createSecrets } from '../../../adapters/secrets/secrets.ts';
import { auth0SecretContext, clientSecretHash } from '../../../core/index.ts';
import { managementKey, type Running, running } from '../http/running.ts';

let server: Running;
let folder: string;
let file: string;
beforeEach(async () => {
  server = await running();
  folder = mkdtempSync(join(tmpdir(), 'stepward-hosts-'));
  file = join(folder, 'hosts.json');
});
afterEach(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

const secrets = { APP_SECRET: 'a-secret-that-the-application-has-already', IDP_SECRET: 'given by the upstream' };
const stepward = async (line: string, env: Record<string, string> = secrets) => {
  const [printed, complained] = [[] as string[], [] as string[]];
  const code = await run(line.split(' '), {
    env: { STEPWARD_URL: `http://127.0.0.1:${server.port}`, STEPWARD_MANAGEMENT_KEYS: managementKey, ...env },
    folder,
    print: (text) => printed.push(text),
    complain: (text) => complained.push(text),
  });
  return { code, out: printed, err: complained.join('\n').replaceAll(file, 'FILE') };
};
const write = (hosts: unknown): void => writeFileSync(file, typeof hosts === 'string' ? hosts : JSON.stringify(hosts));
const written = () => JSON.parse(readFileSync(file, 'utf8'));
const applied = async (hosts: unknown, options = '') => {
  write(hosts);
  return stepward(`hosts apply ${file}${options}`);
};

const corporate = { id: 'corporate', issuer: 'https://idp.example', clientId: 'stepward', clientSecretEnv: 'IDP_SECRET' };
const portal = {
  clientId: 'portal',
  clientSecretEnv: 'APP_SECRET',
  upstream: 'corporate',
  redirectUris: ['https://portal.example/callback'],
};
const both = { upstreams: [corporate], clients: [portal] };
const changed = (more: object) => ({ upstreams: [corporate], clients: [{ ...portal, ...more }] });

describe('hosts apply', () => {
  it('makes what is not there, and then finds nothing to do', async () => {
    expect(await applied(both)).toEqual({
      code: 0,
      out: ['create upstream corporate', '  secret: from IDP_SECRET', 'create client portal', '  secret: from APP_SECRET', '2 changed'],
      err: '',
    });
    const revision = await server.store.revision();
    expect(await stepward(`hosts apply ${file}`)).toEqual({ code: 0, out: ['unchanged'], err: '' });
    expect(await server.store.revision()).toBe(revision);
    const { policies } = server;
    const hash = clientSecretHash(createSecrets({ keys: [{ id: 'k1', key: new Uint8Array(32).fill(7) }] }), 'portal', secrets.APP_SECRET);
    expect((await policies.fresh()).oidcClients.get('portal')?.secrets).toMatchObject([{ hash }]);
  });

  it('changes the fields alone that differ, and tells them', async () => {
    await applied(both);
    const { out } = await applied(changed({ strictAcr: false, redirectUris: ['https://portal.example/cb'] }));
    expect(out).toEqual([
      'change client portal',
      '  redirectUris: ["https://portal.example/callback"] -> ["https://portal.example/cb"]',
      '  strictAcr: true -> false',
      '  secret: from APP_SECRET',
      '1 changed',
    ]);
    // what the file no longer says is the default again
    expect((await applied(both)).out).toContain('  strictAcr: false -> true');
  });

  it('what only looks different is no change', async () => {
    const jwks = { keys: [{ kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo', key_ops: ['verify'] }] };
    const hosts = {
      upstreams: [{ ...corporate, domains: ['Example.COM', 'bücher.example'], acrMap: { phr: 'b', 'urn:stepward:aal2': 'a' } }],
      clients: [{ ...portal, jwks, name: null, strictAcr: null }],
    };
    await applied(hosts);
    expect((await stepward(`hosts apply ${file}`)).out).toEqual(['unchanged']);
  });

  it('a dry run needs no secret, shows what would be done, and does nothing', async () => {
    write(both);
    const dry = await stepward(`hosts apply ${file} --dry-run`, {});
    expect([dry.code, dry.out]).toEqual([
      0,
      [
        'create upstream corporate',
        '  secret: from IDP_SECRET',
        'create client portal',
        '  secret: from APP_SECRET',
        'a dry run: nothing was changed',
      ],
    ]);
    expect((await server.policies.fresh()).oidcClients.size).toBe(0);
    await stepward(`hosts apply ${file}`);
    expect((await stepward(`hosts apply ${file} --dry-run --prune`)).out).toEqual([
      'check upstream corporate: the secret in IDP_SECRET is made live where it is not',
      'check client portal: the secret in APP_SECRET is made live where it is not',
      'a dry run: nothing was changed',
    ]);
  });

  it('another secret in the environment is made live beside the first', async () => {
    await applied(both);
    const env = { ...secrets, APP_SECRET: 'the-second-secret-that-the-application-has' };
    expect((await stepward(`hosts apply ${file}`, env)).out).toEqual(['change client portal', '  secret: from APP_SECRET', '1 changed']);
    expect((await stepward(`hosts apply ${file}`, env)).out).toEqual(['unchanged']);
    const third = await stepward(`hosts apply ${file}`, { ...secrets, APP_SECRET: 'a-third-secret-that-would-be-live-as-well' });
    expect([third.code, third.err]).toEqual([
      1,
      'stepward: FILE: client portal is refused at /clients/0/clientSecretEnv, nothing was changed: ' +
        'invalid_configuration: `clientSecret` would be a third live secret: remove one first',
    ]);
  });

  it('removes what the file does not name only when it is to be pruned, clients before their upstreams', async () => {
    await applied(both);
    const kept = await applied({});
    expect(kept.out).toEqual([
      'not in the file: client portal; it stays without --prune',
      'not in the file: upstream corporate; it stays without --prune',
      'unchanged',
    ]);
    expect((await applied({}, ' --prune')).out).toEqual(['remove client portal', 'remove upstream corporate', '2 changed']);
    expect((await server.policies.fresh()).oidcUpstreams.size).toBe(0);
  });

  it('a domain goes from one upstream to another in one run', async () => {
    const other = { ...corporate, id: 'abroad' };
    await applied({
      upstreams: [
        { ...other, domains: [] },
        { ...corporate, domains: ['example.com'] },
      ],
    });
    const moved = await applied({ upstreams: [{ ...other, domains: ['example.com'] }, corporate] });
    expect([moved.code, moved.out.filter((line) => !line.startsWith(' '))]).toEqual([
      0,
      ['change upstream corporate', 'change upstream abroad', '2 changed'],
    ]);
  });

  it('what somebody else changed meanwhile is not overwritten', async () => {
    await applied(both);
    write(changed({ name: 'Portal' }));
    let raced = false;
    const { management } = server;
    const list = management.listOidcClients;
    Object.assign(management, {
      listOidcClients: async () => {
        const answer = await list();
        if (!raced) await management.updateOidcClient('somebody', 'portal', { revokeOnBlock: true }, undefined);
        raced = true;
        return answer;
      },
    });
    const late = await stepward(`hosts apply ${file}`);
    expect([late.code, late.err]).toEqual([1, expect.stringContaining('precondition_failed')]);
    expect((await management.getOidcClient('portal')).revokeOnBlock).toBe(true);
  });
});

describe('a file that is refused changes nothing, and the place is named', () => {
  it.each<[unknown, string]>([
    ['{', 'FILE is not valid JSON'],
    [[], '/ is refused'],
    [{ client: [] }, '/client is no field there'],
    [{ $schema: 'x' }, '/$schema is no field there'],
    [changed({ redirectURIs: [] }), '/clients/0/redirectURIs is no field there'],
    [changed({ secrets: [] }), '/clients/0/secrets is no field there'],
    [changed({ version: 1 }), '/clients/0/version is no field there'],
    [changed({ clientSecret: secrets.APP_SECRET }), '/clients/0/clientSecret is no field there'],
    [
      '{"clients":[{"clientId":"portal","redirectUris":["https://portal.example/cb"],"__proto__":{"firstParty":true}}]}',
      '/clients/0/__proto__ is no field there',
    ],
    [changed({ redirectUris: ['https://portal.example/cb', 7] }), '/clients/0/redirectUris/1 is refused'],
    [
      changed({ redirectUris: ['https://portal.example/cb', 'http://portal.example/cb'] }),
      '/clients/0/redirectUris/1 must begin with `https://`',
    ],
    [changed({ redirectUris: undefined }), '/clients/0/redirectUris is refused'],
    [changed({ upstream: 'nobody' }), '/clients/0/upstream must be an upstream'],
    [changed({ claims: ['email', 'acr'] }), '/clients/0/claims/1 must not be a claim of the protocol'],
    [changed({ clientSecretEnv: undefined }), '/clients/0/clientSecretEnv must name the environment variable'],
    [changed({ clientSecretEnv: 'NOT_SET' }), '/clients/0/clientSecretEnv names `NOT_SET`, which is not set'],
    [changed({ clientSecretEnv: '$(id)' }), '/clients/0/clientSecretEnv is refused'],
    [changed({ authMethod: 'none' }), '/clients/0/clientSecretEnv must be left out'],
    [{ upstreams: [{ ...corporate, clientSecretEnv: undefined }] }, '/upstreams/0/clientSecretEnv must be there'],
    [{ upstreams: [{ ...corporate, acrMap: { mfa: 'x' } }] }, '/upstreams/0/acrMap must map'],
    [{ upstreams: [{ ...corporate, domains: ['a@b'] }] }, '/upstreams/0/domains/0 must be a mail domain'],
    [{ upstreams: [corporate, corporate] }, '/upstreams/1/id names `corporate` a second time'],
    [{ clients: [portal, portal] }, '/clients/1/clientId names `portal` a second time'],
  ])('%j', async (hosts, place) => {
    const { code, out, err } = await applied(hosts);
    expect([code, out, err]).toEqual([1, [], expect.stringContaining(place)]);
    expect(Object.values(secrets).some((secret) => err.includes(secret))).toBe(false);
    expect(await server.store.revision()).toBe(0);
  });

  it('what only the server knows is named with its place too, and what was done before it', async () => {
    const { code, out, err } = await applied({
      upstreams: [{ ...corporate }, { ...corporate, id: 'local', issuer: 'http://localhost:9000' }],
    });
    expect([code, out]).toEqual([1, expect.arrayContaining(['create upstream corporate'])]);
    expect(err).toBe(
      'stepward: FILE: upstream local is refused at /upstreams/1/issuer, 1 before it is done: invalid_configuration: `issuer` must begin with `https://`',
    );
  });
});

describe('hosts pull', () => {
  it('writes what apply takes: sorted, without secrets, the same twice', async () => {
    await applied({
      upstreams: [
        { ...corporate, id: 'b' },
        { ...corporate, id: 'a', acrMap: { phr: 'x' } },
      ],
      clients: [{ ...portal, upstream: 'b' }],
    });
    rmSync(file);
    expect((await stepward(`hosts pull ${file}`)).out[0]).toMatch(/: 2 upstreams, 1 clients, 0 Auth0 tenants$/);
    const text = readFileSync(file, 'utf8');
    const { upstreams, clients } = written();
    expect(upstreams.map(({ id }: { id: string }) => id)).toEqual(['a', 'b']);
    expect(upstreams[0]).toEqual({
      id: 'a',
      issuer: 'https://idp.example',
      clientId: 'stepward',
      name: 'a',
      authMethod: 'client_secret_basic',
      scopes: ['openid', 'profile', 'email'],
      acrMap: { phr: 'x' },
      trusted: false,
      domains: [],
      endSession: false,
    });
    expect(clients[0]).toMatchObject({ clientId: 'portal', upstream: 'b', redirectUris: portal.redirectUris, strictAcr: true });
    expect(text).not.toMatch(/secrets|version|createdAt|hasClientSecret|sealed|given by the upstream|a-secret/);
    expect((await stepward('hosts pull')).out.join('\n')).toBe(text.trimEnd());
    expect((await stepward(`hosts apply ${file}`, {})).out).toEqual(['unchanged']);
  });

  it('into a file keeps the names of the variables that it had', async () => {
    await applied(both);
    await stepward(`hosts pull ${file}`);
    expect(written().clients[0].clientSecretEnv).toBe('APP_SECRET');
    expect(written().upstreams[0].clientSecretEnv).toBe('IDP_SECRET');
  });

  it('into a file that it does not understand writes nothing', async () => {
    write('{"clients":[{"mine":1}]}');
    expect((await stepward(`hosts pull ${file}`)).code).toBe(1);
    expect(readFileSync(file, 'utf8')).toBe('{"clients":[{"mine":1}]}');
  });
});

describe('Auth0 tenants in the file', () => {
  const shop = { id: 'shop', domains: ['shop.eu.auth0.com', 'login.shop.example'], secretEnvs: ['SHOP_SECRET'] };
  const env = { SHOP_SECRET: 'the-secret-that-the-action-has-now-1', SHOP_NEXT: 'the-secret-that-the-action-has-next' };
  const apply = async (more: object, options = '', given: Record<string, string> = env) => {
    write({ auth0Tenants: [{ ...shop, ...more }] });
    return stepward(`hosts apply ${file}${options}`, given);
  };
  const kept = async () => (await server.policies.fresh()).auth0Tenants.get('shop');
  const open = createSecrets({ keys: [{ id: 'k1', key: new Uint8Array(32).fill(7) }] }).open;
  const opened = async () => (await kept())?.sealedSecrets.map((sealed) => open(auth0SecretContext('shop'), sealed));

  it('one is made with its secrets in order, and the same again is no change', async () => {
    expect((await apply({})).out).toEqual(['create Auth0 tenant shop', '  secrets: from SHOP_SECRET', '1 changed']);
    expect(await opened()).toEqual([env.SHOP_SECRET]);
    expect((await apply({})).out).toEqual(['unchanged']);
    expect((await apply({}, ' --dry-run')).out[0]).toBe(
      'check Auth0 tenant shop: the secrets in SHOP_SECRET are made live where they are not',
    );
  });

  it('a new secret takes the first place, and the old one goes when the file names it no more', async () => {
    await apply({});
    expect((await apply({ secretEnvs: ['SHOP_NEXT', 'SHOP_SECRET'] })).out).toEqual([
      'change Auth0 tenant shop',
      '  secrets: from SHOP_NEXT, SHOP_SECRET',
      '1 changed',
    ]);
    expect(await opened()).toEqual([env.SHOP_NEXT, env.SHOP_SECRET]);
    await apply({ secretEnvs: ['SHOP_NEXT'] });
    expect(await opened()).toEqual([env.SHOP_NEXT]);
  });

  it('a domain goes from one tenant to another in one run; what the file does not name goes with --prune alone', async () => {
    await apply({});
    const other = { id: 'abroad', domains: ['login.shop.example'], secretEnvs: ['SHOP_NEXT'] };
    write({ auth0Tenants: [other, { ...shop, domains: ['shop.eu.auth0.com'] }] });
    expect((await stepward(`hosts apply ${file}`, env)).out.filter((line) => !line.startsWith(' '))).toEqual([
      'change Auth0 tenant shop',
      'create Auth0 tenant abroad',
      '2 changed',
    ]);
    write({});
    expect((await stepward(`hosts apply ${file}`)).out).toContain('not in the file: Auth0 tenant shop; it stays without --prune');
    expect((await stepward(`hosts apply ${file} --prune`)).out.at(-1)).toBe('2 changed');
    expect((await server.policies.fresh()).auth0Tenants.size).toBe(0);
  });

  it('pull writes them without secrets, and keeps the names of the variables that the file had', async () => {
    await apply({});
    expect((await stepward(`hosts pull ${file}`)).out).toEqual([expect.stringMatching(/, 1 Auth0 tenants$/)]);
    expect(written().auth0Tenants).toEqual([{ ...shop, name: 'shop' }]);
    expect((await stepward('hosts pull')).out.join('')).not.toMatch(/secret|sealed/i);
    expect((await stepward(`hosts apply ${file}`, env)).out).toEqual(['unchanged']);
  });

  it.each<[object, Record<string, string>, string]>([
    [{ domains: [] }, env, '/auth0Tenants/0/domains must name a domain'],
    [{ domains: ['Shop.eu.auth0.com'] }, env, '/auth0Tenants/0/domains/0 must be a host name'],
    [{ secretEnvs: undefined }, env, '/auth0Tenants/0/secretEnvs must name the environment variables'],
    [{ secretEnvs: ['SHOP_SECRET', 'SHOP_NEXT'] }, { SHOP_SECRET: env.SHOP_SECRET }, '/auth0Tenants/0/secretEnvs/1 names `SHOP_NEXT`'],
    [{ secretEnvs: ['a secret written here'] }, env, '/auth0Tenants/0/secretEnvs/0 is refused: must be the name'],
    [{ secrets: [env.SHOP_SECRET] }, env, '/auth0Tenants/0/secrets is no field there'],
    [{ secretEnvs: ['SHORT'] }, { SHORT: 'short' }, 'Auth0 tenant shop is refused at /auth0Tenants/0/secretEnvs/0, nothing was changed'],
    [{ domains: ['localhost:4000'] }, env, 'Auth0 tenant shop is refused at /auth0Tenants/0/domains/0, nothing was changed'],
  ])('%j is refused with its place, before anything is changed', async (more, given, place) => {
    const { code, err } = await apply(more, '', given);
    expect([code, err]).toEqual([1, expect.stringContaining(place)]);
    expect([err.includes(env.SHOP_SECRET), await kept()]).toEqual([false, undefined]);
  });
});

describe('called wrongly', () => {
  it.each([
    ['hosts apply', 'give the file that `hosts pull` writes'],
    ['hosts pull --prune', '`hosts pull` has no option `--prune`'],
    ['keys delete k1 --dry-run', '`keys delete` has no option `--dry-run`'],
    ['hosts', 'no command `hosts`'],
  ])('`%s` is refused with 2', async (line, message) => {
    const { code, out, err } = await stepward(line);
    expect([code, out, err]).toEqual([2, [], expect.stringContaining(message)]);
  });

  it('a file that is not there is refused with 1', async () => {
    expect(await stepward(`hosts apply ${file}`)).toEqual({ code: 1, out: [], err: 'stepward: FILE cannot be read' });
  });
});
