import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../adapters/cli/run.ts';
import { managementKey, type Served, startServed } from '../support/served.ts';
import { createWebBrowser } from '../support/web-browser.ts';
import { createAdmin } from './support/admin.ts';
import { hasKeycloak, keycloak } from './support/realm.ts';

const example = JSON.parse(readFileSync(`${import.meta.dirname}/../../examples/keycloak/realm.json`, 'utf8')) as Readonly<
  Record<string, unknown>
>;
const back = 'http://localhost:3000/';

describe.skipIf(!hasKeycloak)('the realm of the example', () => {
  const admin = keycloak && createAdmin(keycloak);
  let served: Served;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'stepward-keycloak-example-'));
    served = await startServed({ STEPWARD_REDIRECT_ORIGINS: keycloak.url }, { clock: 'real' });
    await admin.call('POST', '', example);
  });
  afterAll(async () => {
    await admin?.call('DELETE', '/harbour').catch(() => undefined);
    await served?.end();
    rmSync(folder, { recursive: true, force: true });
  });

  const stepward = async (...args: string[]) => {
    const [out, err] = [[] as string[], [] as string[]];
    const exit = await run(['keycloak', ...args], {
      env: {
        STEPWARD_URL: served.url,
        STEPWARD_MANAGEMENT_KEYS: managementKey,
        STEPWARD_KEYCLOAK_URL: keycloak.url,
        STEPWARD_KEYCLOAK_CLIENT_ID: 'stepward-installer',
        STEPWARD_KEYCLOAK_CLIENT_SECRET: 'for-this-example-alone',
      },
      folder,
      print: (line) => out.push(line),
      complain: (line) => err.push(line),
    });
    return { exit, out, err: err.join('\n') };
  };
  const asked = ['--realm', 'harbour', '--server-key', '${' + 'vault.stepward}'];
  /** Where alice stands after her password: back at the application, at Stepward, or at a page of Keycloak. */
  const alice = async (): Promise<string> => {
    const browser = createWebBrowser([back]);
    const query = new URLSearchParams({
      client_id: 'shop',
      redirect_uri: `${back}callback`,
      response_type: 'code',
      scope: 'openid',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
    });
    await browser.open(`${keycloak.url}/realms/harbour/protocol/openid-connect/auth?${query}`);
    return (await browser.press(/sign in/i, { username: 'alice', password: 'alice' })).url.origin;
  };

  it('takes the policy and the flows, and a challenge goes to Stepward', async () => {
    writeFileSync(join(keycloak.vault, 'harbour_stepward'), served.serverKey);
    const exported = join(folder, 'exported');
    expect(await stepward('export', ...asked, '--url', served.url, '--out', exported)).toMatchObject({ exit: 0, err: '' });
    expect(await stepward('policy', exported)).toMatchObject({ exit: 0, err: '' });
    expect((await stepward('policy', exported)).out).toContain('unchanged');
    const record = join(folder, 'record.json');
    expect(await stepward('apply', ...asked, '--url', served.url, '--record', record)).toMatchObject({ exit: 0, err: '' });
    await served.configure('signIn', { defaultUserActionResult: 'CHALLENGE', failurePolicy: 'allow' });
    expect(await alice()).toBe(served.url);
    const verified = await stepward('verify', ...asked, '--url', served.url);
    expect(verified).toMatchObject({ exit: 0, err: '' });
    expect(verified.out).toContain('a login through stepward-browser was tried: challenged');
    expect(verified.out).toContain(
      'warning: the failure policy of stepward-browser-step-up is `deny`, that of action `signIn` at Stepward `allow`',
    );
  });

  it('as exported can be imported instead, with the same flows in it', async () => {
    const file = join(folder, 'exported/realm.json');
    expect(existsSync(file)).toBe(true);
    const imported = JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, unknown>>;
    await admin.call('DELETE', '/harbour');
    const { users, clients } = example as { users: readonly unknown[]; clients: readonly { clientId: string; secret?: string }[] };
    const secretOf = (clientId: unknown) => clients.find((one) => one.clientId === clientId)?.secret;
    const withSecrets = (imported.clients as readonly Readonly<Record<string, unknown>>[]).map((one) => ({
      ...one,
      ...(one.secret !== undefined && { secret: secretOf(one.clientId) }),
    }));
    await admin.call('POST', '', { ...imported, clients: withSecrets, users });
    expect(await stepward('plan', ...asked, '--url', served.url)).toMatchObject({ exit: 0, err: '' });
    expect(await alice()).toBe(served.url);
  });
});
