import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkRealm } from '../../../adapters/cli/keycloak/open.ts';
import { installOptions } from '../../../adapters/cli/keycloak/options.ts';
import { readRecord, writeRecord } from '../../../adapters/cli/keycloak/record-file.ts';
import { tellingWhatWasRefused } from '../../../adapters/cli/keycloak/refused.ts';
import { run } from '../../../adapters/cli/run.ts';
import { defaultOptions } from '../../../adapters/keycloak/options.ts';
import { planInstall } from '../../../adapters/keycloak/plan.ts';
import { client, realmWith } from '../keycloak/realms.ts';

const vault = '${' + 'vault.stepward}';
const account = { STEPWARD_KEYCLOAK_URL: 'https://login.example', STEPWARD_KEYCLOAK_CLIENT_ID: 'x', STEPWARD_KEYCLOAK_CLIENT_SECRET: 'y' };

const stepward = async (args: readonly string[], env: Readonly<Record<string, string>> = account) => {
  const err: string[] = [];
  const exit = await run(['keycloak', ...args], { env, folder: tmpdir(), print: () => {}, complain: (line) => err.push(line) });
  return { exit, err: err.join('\n') };
};

describe('the command line of Keycloak refuses', () => {
  it.each([
    ['no realm', ['plan'], account, 'give the realm'],
    ['words', ['plan', 'shop'], account, 'it takes options alone'],
    ['no account', ['plan', '--realm', 'shop'], {}, 'set STEPWARD_KEYCLOAK_URL'],
    [
      'Keycloak without TLS',
      ['plan', '--realm', 'shop'],
      { ...account, STEPWARD_KEYCLOAK_URL: 'http://login.example' },
      'must be an https address',
    ],
    ['an option of another command', ['uninstall', '--realm', 'shop', '--layout', 'acr'], account, 'no option `--layout`'],
    ['a dry run of what has none', ['apply', '--realm', 'shop', '--dry-run'], account, 'no option `--dry-run`'],
    ['a key itself', ['plan', '--realm', 'shop', '--server-key', 'sk_live_0123456789'], account, 'a reference to Keycloak'],
    ['an address without TLS', ['plan', '--realm', 'shop', '--url', 'http://stepward.example'], account, '`--url` must be'],
    ['an unknown layout', ['plan', '--realm', 'shop', '--layout', 'both'], account, '`--layout` must be one of `risk`, `acr`'],
    ['a way that cannot be left', ['plan', '--realm', 'shop', '--leave', 'browser'], account, '`--leave` must be one of'],
    ['a setting out of its limits', ['plan', '--realm', 'shop', '--set', 'deadlineMs=9000'], account, '`--set` must be'],
    ['a setting that it does not have', ['plan', '--realm', 'shop', '--set', 'requiredAcr=x'], account, '`--set` must be'],
  ])('%s', async (_, args, env, told) => {
    const { exit, err } = await stepward(args, env);
    expect(exit).toBe(2);
    expect(err).toContain(told);
    expect(err).not.toContain('sk_live');
  });
});

describe('what Keycloak refuses', () => {
  const refused = (status: number) =>
    Object.assign(new Error('unknown_error'), { response: { status, url: 'https://login.example/admin/realms/shop?x=y' } });

  it.each([
    [403, 'lacks a role'],
    [500, 'its log says why'],
    [409, 'answered 409 (unknown_error) at /admin/realms/shop'],
  ])('is told with its place: %i', async (status, told) => {
    await expect(tellingWhatWasRefused(() => Promise.reject(refused(status)))).rejects.toThrow(told);
  });

  it('any other error stays as it is', async () => {
    const error = new TypeError('fetch failed');
    await expect(tellingWhatWasRefused(() => Promise.reject(error))).rejects.toBe(error);
  });
});

describe('the options of a plan', () => {
  it('say nothing of settings that are not named', () => {
    expect(installOptions({}, new Set())).toEqual(defaultOptions);
  });

  it('are written as the authenticator reads them', () => {
    const options = { url: 'https://stepward.example/', 'server-key': vault, set: 'sendRoles=true, ssoReuseSeconds=120' };
    expect(installOptions(options, new Set()).settings).toEqual({
      'stepward.apiUrl': 'https://stepward.example',
      'stepward.serverKey': vault,
      'stepward.sendRoles': 'true',
      'stepward.ssoReuseSeconds': '120',
    });
  });
});

describe('a realm is refused', () => {
  const check =
    (more: Parameters<typeof realmWith>[0], options = {}) =>
    () =>
      checkRealm(realmWith(more), { ...defaultOptions, ...options });

  it.each([
    ['on a server without the jar', { authenticators: ['auth-cookie'] }, {}, 'put the jar into `providers/`'],
    ['that is `master`', { realm: 'master' }, {}, 'nobody could sign in to `master`'],
    ['without the client that is to be excepted', {}, { except: ['nobody'] }, 'no client `nobody`'],
    [
      'where the admin console is to be in a trial',
      { clients: [client('security-admin-console')] },
      { pilots: ['security-admin-console'] },
      '--include-admins',
    ],
  ])('%s', (_, more, options, told) => {
    expect(check(more, options)).toThrow(told);
  });

  it('unless administrators are to be included', () => {
    expect(check({ realm: 'master' }, { includeAdmins: true })).not.toThrow();
  });
});

describe('the record of what was bound', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'stepward-record-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is read as it was written, by its owner alone, and never written over', () => {
    const path = join(folder, 'record.json');
    const snapshot = realmWith({ identityProviders: [{ alias: 'acme', postBrokerLoginFlow: 'browser' }] });
    writeRecord(path, snapshot, planInstall(snapshot, defaultOptions));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readRecord(path, 'shop')).toMatchObject({ realm: { browserFlow: 'browser' }, identityProviders: { acme: 'browser' } });
    expect(() => writeRecord(path, snapshot, planInstall(snapshot, defaultOptions))).toThrow('nothing was changed');
    expect(() => readRecord(path, 'another')).toThrow('no record of the realm `another`');
  });

  it.each(['', 'null', '[]', '{"realm":"shop"}', '{"realm":"shop","previous":null}'])('%s is no record', (text) => {
    const path = join(folder, 'other.json');
    writeFileSync(path, text);
    expect(() => readRecord(path, 'shop')).toThrow(/no record|not valid JSON/);
  });
});
