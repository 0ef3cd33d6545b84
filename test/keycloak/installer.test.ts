import { readFileSync, statSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type AnsweringCore, startAnsweringCore } from './support/answering-core.ts';
import { createInstaller, exported, type Installer, installerClient } from './support/installer.ts';
import type { Realm } from './support/make-realm.ts';
import { createPerson } from './support/person.ts';
import { createRealm, hasKeycloak } from './support/realm.ts';

type Flow = { readonly id: string; readonly alias: string };
type Row = { readonly id: string; readonly providerId?: string; readonly displayName: string; readonly requirement: string };

describe.skipIf(!hasKeycloak)('the installer, on a realm with flows of its own', () => {
  let core: AnsweringCore;
  let realm: Realm;
  let installer: Installer;
  const flow = (alias: string) => ({
    flow: alias,
    of: [{ flow: `${alias} inside`, of: [{ run: 'auth-username-password-form' }] }],
  });
  const providerOf = (alias: string, more: Readonly<Record<string, unknown>>) => ({
    alias,
    providerId: 'oidc',
    enabled: true,
    config: {
      clientId: 'x',
      clientSecret: 'a-secret',
      tokenUrl: 'https://idp.example/token',
      authorizationUrl: 'https://idp.example/auth',
    },
    ...more,
  });

  beforeAll(async () => {
    core = await startAnsweringCore();
    realm = await createRealm({
      flows: [flow('mobile login'), { flow: 'after acme', of: [{ run: 'idp-auto-link', requirement: 'DISABLED' }] }],
      clients: [{ clientId: 'shop' }, { clientId: 'mobile', flow: 'mobile login' }, installerClient],
      users: [{ username: 'ada' }],
      more: {
        attributes: { 'acr.loa.map': '{"silver":1}', theirs: 'kept' },
        identityProviders: [providerOf('acme', { postBrokerLoginFlowAlias: 'after acme' }), providerOf('plain', { enabled: false })],
      },
    });
    installer = await createInstaller(realm, core);
  });
  afterAll(async () => {
    installer?.end();
    await realm?.end();
    await core?.end();
  });
  afterEach(async () => {
    core.answer = 'ALLOW';
    await installer.stepward('uninstall');
  });

  /** Without the login that is tried: it costs as much as all the rest. */
  const applied = (...args: string[]) => installer.stepward('apply', '--untried', ...args);
  const flows = () => realm.get<readonly Flow[]>('/authentication/flows');
  const rows = (alias: string) => realm.get<readonly Row[]>(`/authentication/flows/${encodeURIComponent(alias)}/executions`);
  const bound = async () => {
    const { browserFlow, directGrantFlow, resetCredentialsFlow } = await realm.get<Record<string, string>>('');
    return { browserFlow, directGrantFlow, resetCredentialsFlow };
  };
  const before = { browserFlow: 'browser', directGrantFlow: 'direct grant', resetCredentialsFlow: 'reset credentials' };
  const signsIn = async (clientId = 'shop') => {
    const person = createPerson(realm);
    await person.start(clientId);
    await person.logIn('ada');
    return person.answer().get('code') === null ? 'refused' : 'signed in';
  };

  it('plans without a write, and says by its exit code that there is something to do', async () => {
    const [start] = [await exported(realm), await installer.writes()];
    const { exit, out } = await installer.stepward('plan');
    expect(exit).toBe(2);
    expect(out).toContain('bind browserFlow: browser -> stepward-browser');
    expect(out).toContain('bind identity provider acme: after acme -> stepward-after-broker after acme');
    expect(out).toContain('bind identity provider plain: none -> stepward-post-broker');
    expect(out).toContain('bind client mobile (browser): mobile login -> stepward-client-browser mobile login');
    expect(await installer.writes()).toEqual([]);
    expect(await exported(realm)).toEqual(start);
  });

  it.each(['risk', 'acr'])('layout %s: applies once, changes nothing the second time, and leaves the realm as it was', async (layout) => {
    const start = await exported(realm);
    const first = await installer.stepward('apply', '--layout', layout);
    expect(first).toMatchObject({ exit: 0, err: '' });
    expect(first.out).toContain('a login through stepward-browser was tried: allowed');
    expect(await bound()).toEqual({
      browserFlow: 'stepward-browser',
      directGrantFlow: 'stepward-direct-grant',
      resetCredentialsFlow: 'stepward-reset-credentials',
    });
    const asked = core.tracked.length;
    expect([await signsIn(), await signsIn('mobile')]).toEqual(['signed in', 'signed in']);
    expect(core.tracked).toHaveLength(asked + 2);

    await installer.writes();
    expect(await installer.stepward('apply', '--layout', layout)).toMatchObject({ exit: 0 });
    expect((await installer.stepward('plan', '--layout', layout)).exit).toBe(0);
    expect(await installer.writes()).toEqual([]);

    expect(await installer.stepward('uninstall')).toMatchObject({ exit: 0, err: '' });
    expect(await exported(realm)).toEqual(start);
    await installer.writes();
    expect((await installer.stepward('uninstall')).out).toEqual(['nothing to change']);
    expect(await installer.writes()).toEqual([]);
    expect(await signsIn()).toBe('signed in');
  });

  it('changes a setting where it is, and leaves those that it is not told', async () => {
    await applied();
    const ours = async () => {
      const [row] = (await rows('stepward-browser-step-up')).filter(({ providerId }) => providerId === 'stepward-authenticator');
      const { authenticationConfig } = row as unknown as { readonly authenticationConfig: string };
      return realm.get<{ readonly id: string; readonly alias: string; readonly config: Record<string, string> }>(
        `/authentication/config/${authenticationConfig}`,
      );
    };
    const config = await ours();
    const theirs = { ...config, config: { ...config.config, 'stepward.ssoReuseSeconds': '60', 'stepward.action': 'login' } };
    await realm.call('PUT', `/authentication/config/${config.id}`, theirs);
    expect((await installer.stepward('plan')).exit).toBe(0);
    const { out } = await applied('--set', 'deadlineMs=2000');
    expect(out.filter((line) => /bind|create/.test(line))).toEqual([]);
    expect((await ours()).config).toMatchObject({
      'stepward.ssoReuseSeconds': '60',
      'stepward.action': 'login',
      'stepward.deadlineMs': '2000',
      'stepward.apiUrl': core.origin,
    });
  });

  it('tells when the flow that was copied has changed, and makes it anew when asked', async () => {
    await applied();
    const [first] = (await rows('mobile login inside')).slice(0, 1);
    const added = { provider: 'auth-otp-form' };
    await realm.call('POST', `/authentication/flows/${encodeURIComponent('mobile login inside')}/executions/execution`, added);
    expect(first?.providerId).toBe('auth-username-password-form');
    const drifted = await applied();
    expect(drifted.exit).toBe(2);
    expect(drifted.out.find((line) => line.startsWith('drift:'))).toContain('auth-otp-form');
    const refreshed = await applied('--refresh');
    expect(refreshed.out).toContain(
      'bind client mobile (browser): stepward-client-browser mobile login -> stepward-client-browser-2 mobile login',
    );
    expect(refreshed.out).toContain('delete flow stepward-client-browser mobile login');
    expect((await installer.stepward('plan')).exit).toBe(0);
    expect(await signsIn('mobile')).toBe('signed in');
    const [row] = (await rows('mobile login inside')).filter(({ providerId }) => providerId === 'auth-otp-form');
    await realm.call('DELETE', `/authentication/executions/${row?.id}`);
  });

  it('leaves alone what somebody bound since, and the flow that he uses', async () => {
    await applied();
    await realm.call('PUT', '', { directGrantFlow: 'direct grant' });
    await realm.call('PUT', '', { registrationFlow: 'stepward-direct-grant' });
    const removed = await installer.stepward('uninstall');
    expect(removed.exit).toBe(2);
    expect(removed.out).toContain('flow stepward-direct-grant stays: registrationFlow names it');
    expect(await bound()).toEqual(before);
    expect(await flows()).toContainEqual(expect.objectContaining({ alias: 'stepward-direct-grant' }));
    await realm.call('PUT', '', { registrationFlow: 'registration' });
    expect(await installer.stepward('uninstall')).toMatchObject({ exit: 0 });
    expect((await flows()).filter(({ alias }) => alias.startsWith('stepward'))).toEqual([]);
  });

  it('binds nothing where the login that is tried is not decided', async () => {
    core.answer = 'down';
    const { exit, err } = await installer.stepward('apply');
    expect(exit).toBe(1);
    expect(err).toContain('nothing was bound');
    expect(await bound()).toEqual(before);
    expect((await installer.stepward('apply', '--failure-policy', 'allow')).err).toContain('by the failure policy');
    expect(await bound()).toEqual(before);
    expect(await realm.get('/clients?clientId=stepward-canary')).toEqual([]);
    expect(await realm.get('/users?search=stepward-canary')).toEqual([]);
    core.answer = 'BLOCK';
    expect(await installer.stepward('apply')).toMatchObject({ exit: 0 });
    expect(await signsInOr('refused')).toBe('refused');
  });
  const signsInOr = async (other: string): Promise<string> => {
    const person = createPerson(realm);
    await person.start('shop');
    const { status } = await person.logIn('ada');
    return status === 403 ? other : 'signed in';
  };

  it('writes down what was bound, for its owner alone, and goes by that where the realm has forgotten', async () => {
    await applied();
    const record = installer.records().at(-1) ?? '';
    expect(statSync(record).mode & 0o777).toBe(0o600);
    expect(readFileSync(record, 'utf8')).not.toContain('a-secret');
    const { attributes } = await realm.get<{ readonly attributes: Record<string, string> }>('');
    const forgotten = Object.fromEntries(Object.entries(attributes).filter(([key]) => !key.startsWith('stepward.')));
    await realm.call('PUT', '', { attributes: forgotten });
    const lost = await installer.stepward('uninstall');
    expect(lost.exit).toBe(2);
    expect(lost.out.join('\n')).toContain('nobody knows what was bound before');
    expect(await bound()).not.toEqual(before);
    expect(await installer.stepward('uninstall', '--record', record)).toMatchObject({ exit: 0 });
    expect(await bound()).toEqual(before);
  });

  it('tries it with some clients, then gives it to all', async () => {
    const trial = await applied('--clients', 'shop');
    expect(trial).toMatchObject({ exit: 0, err: '' });
    expect(trial.out).toContain('not covered: every client but shop: a trial covers the logins of some clients alone');
    expect(await bound()).toEqual(before);
    const asked = core.tracked.length;
    await signsIn();
    expect(core.tracked).toHaveLength(asked + 1);
    await signsIn('mobile');
    expect(core.tracked).toHaveLength(asked + 1);
    expect(await applied()).toMatchObject({ exit: 0 });
    const [shop] = await realm.get<readonly { readonly authenticationFlowBindingOverrides: object }[]>('/clients?clientId=shop');
    expect(shop?.authenticationFlowBindingOverrides).toEqual({});
    expect((await installer.stepward('plan')).exit).toBe(0);
    await signsIn();
    expect(core.tracked.length).toBeGreaterThan(asked + 1);
  });
});
