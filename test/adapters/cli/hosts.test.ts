import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../../adapters/cli/run.ts';
import { createSecrets } from '../../../adapters/secrets/secrets.ts';
import { clientSecretHash } from '../../../core/index.ts';
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
    expect((await stepward(`hosts pull ${file}`)).out[0]).toMatch(/: 2 upstreams, 1 clients$/);
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
