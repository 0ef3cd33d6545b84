import { describe, expect, it } from 'vitest';
import { uncoveredWays } from '../../../adapters/keycloak/coverage.ts';
import { isOurs } from '../../../adapters/keycloak/names.ts';
import { defaultOptions, type InstallOptions } from '../../../adapters/keycloak/options.ts';
import { allAttributes, isEmpty, planInstall } from '../../../adapters/keycloak/plan.ts';
import type { FlowOfRealm, Snapshot } from '../../../adapters/keycloak/snapshot.ts';
import { written } from '../../../adapters/keycloak/target.ts';
import { type Tree, type TreeFlow, treeOf } from '../../../adapters/keycloak/tree.ts';
import { planRemoval } from '../../../adapters/keycloak/uninstall.ts';
import { client, flow, realmWith } from './realms.ts';

const options = (more: Partial<InstallOptions> = {}): InstallOptions => ({ ...defaultOptions, ...more });

/** A tree as text: name, requirement, and what is inside. */
const drawn = (node: Tree): string =>
  node.kind === 'flow'
    ? `${node.alias} ${node.requirement} (${node.nodes.map(drawn).join(', ')})`
    : `${node.authenticator} ${node.requirement}`;

const frameOf = (snapshot: Snapshot, alias: string, more: Partial<InstallOptions> = {}): TreeFlow => {
  const frame = planInstall(snapshot, options(more)).build.find((one) => one.alias === alias);
  if (!frame) throw new Error(`no flow ${alias}`);
  return written(snapshot, frame, 'new') as TreeFlow;
};

/** The realm after the plan was written, as Keycloak would show it. */
const applied = (snapshot: Snapshot, more: Partial<InstallOptions> = {}): Snapshot => {
  const plan = planInstall(snapshot, options(more));
  const configs: Record<string, Record<string, string>> = { ...snapshot.configs };
  const flows: FlowOfRealm[] = [];
  const put = (tree: TreeFlow, topLevel: boolean): void => {
    const executions = tree.nodes.map((node, at) => {
      const row = { requirement: node.requirement, priority: at };
      if (node.kind === 'flow') return { ...row, flow: node.alias };
      const config = `${tree.alias} ${at}`;
      configs[config] = { ...node.settings };
      return { ...row, authenticator: node.authenticator, config };
    });
    flows.push({ id: `id of ${tree.alias}`, alias: tree.alias, providerId: 'basic-flow', topLevel, builtIn: false, executions });
    for (const node of tree.nodes) if (node.kind === 'flow') put(node, false);
  };
  for (const frame of plan.build) put(written(snapshot, frame, 'new') as TreeFlow, true);
  const bindings = { ...snapshot.bindings };
  let { clients, identityProviders } = snapshot;
  for (const change of plan.bind) {
    if (change.kind === 'realm') bindings[change.slot] = change.to;
    if (change.kind === 'identity-provider')
      identityProviders = identityProviders.map((one) => (one.alias === change.alias ? { ...one, postBrokerLoginFlow: change.to } : one));
    if (change.kind === 'client')
      clients = clients.map((one) =>
        one.id === change.id ? { ...one, overrides: { ...one.overrides, [change.slot]: `id of ${change.to}` } } : one,
      );
  }
  const attributes = Object.entries({ ...snapshot.attributes, ...allAttributes(plan) }).filter(([, value]) => value !== undefined);
  const id = 'scope';
  return {
    ...snapshot,
    flows: [...snapshot.flows, ...flows],
    configs,
    bindings,
    clients: clients.map((one) => ({ ...one, defaultScopes: ['stepward'] })),
    identityProviders,
    attributes: Object.fromEntries(attributes) as Record<string, string>,
    scopes: [{ id, name: 'stepward', mappers: (planInstall(snapshot, options(more)).scope.create && mappers) || [] }],
    defaultScopes: ['stepward'],
  };
};
const mappers = (await import('../../../adapters/keycloak/claims-scope.ts')).scopeMappers;

const withEverything = realmWith({
  flows: [flow('mobile', [['auth-cookie', 'ALTERNATIVE']]), flow('after acme', [['auth-otp-form', 'REQUIRED']])],
  identityProviders: [{ alias: 'acme', postBrokerLoginFlow: 'after acme' }, { alias: 'other' }],
  clients: [client('app'), client('mobile', { overrides: { browser: 'id of mobile' } })],
});

describe('the flows', () => {
  it('layout risk frames the whole browser flow, so that a cookie does not skip the question', () => {
    expect(drawn(frameOf(realmWith(), 'stepward-browser'))).toBe(
      'stepward-browser REQUIRED (' +
        'stepward-browser-login REQUIRED (auth-cookie ALTERNATIVE, auth-spnego DISABLED, identity-provider-redirector ALTERNATIVE, ' +
        'stepward-browser-login forms ALTERNATIVE (auth-username-password-form REQUIRED, ' +
        'stepward-browser-login 2fa CONDITIONAL (conditional-user-configured REQUIRED, auth-otp-form ALTERNATIVE))), ' +
        'stepward-browser-step-up REQUIRED (stepward-authenticator REQUIRED, ' +
        'stepward-browser-fallback CONDITIONAL (stepward-fallback-condition REQUIRED, auth-otp-form ALTERNATIVE)))',
    );
  });

  it('layout acr has a level 1 before level 2, and the question outside of both', () => {
    const text = drawn(frameOf(realmWith(), 'stepward-browser', { layout: 'acr' }));
    expect(text).toContain(
      'stepward-browser-factors ALTERNATIVE (' +
        'stepward-browser-loa1 CONDITIONAL (conditional-level-of-authentication REQUIRED, stepward-browser-forms REQUIRED (',
    );
    expect(text).toContain(
      'stepward-browser-loa2 CONDITIONAL (conditional-level-of-authentication REQUIRED, stepward-authenticator REQUIRED))), ' +
        'stepward-browser-step-up REQUIRED (stepward-authenticator REQUIRED',
    );
    expect(text).not.toContain('stepward-browser-login forms');
  });

  it('a fallback never enrolls: its factors are ALTERNATIVE', () => {
    const text = drawn(frameOf(realmWith(), 'stepward-browser', { fallbackCredentials: ['otp', 'webauthn', 'recovery-authn-codes'] }));
    expect(text).toContain(
      '(stepward-fallback-condition REQUIRED, auth-otp-form ALTERNATIVE, webauthn-authenticator ALTERNATIVE, auth-recovery-authn-code-form ALTERNATIVE)',
    );
  });

  it('reset credentials: after the mail, before the new password', () => {
    expect(drawn(frameOf(realmWith(), 'stepward-reset-credentials'))).toBe(
      'stepward-reset-credentials REQUIRED (reset-credentials-choose-user REQUIRED, reset-credential-email REQUIRED, ' +
        'stepward-authenticator REQUIRED, reset-password REQUIRED)',
    );
  });

  it.each([
    [
      'an ALTERNATIVE beside the mail',
      [
        ['reset-credential-email', 'REQUIRED'],
        ['auth-cookie', 'ALTERNATIVE'],
      ],
      'ALTERNATIVE `auth-cookie`',
    ],
    [
      'a new password before the mail',
      [
        ['reset-password', 'REQUIRED'],
        ['reset-credential-email', 'REQUIRED'],
      ],
      'changes credentials before',
    ],
    ['no mail', [['reset-password', 'REQUIRED']], 'has no `reset-credential-email`'],
  ] as const)('reset credentials with %s are refused by name', (_, rows, told) => {
    const snapshot = realmWith({ flows: [flow('odd reset', rows)] });
    const bindings = { ...snapshot.bindings, resetCredentialsFlow: 'odd reset' };
    expect(() => planInstall({ ...snapshot, bindings }, options())).toThrow(told);
    expect(() => planInstall({ ...snapshot, bindings }, options({ leave: ['reset-credentials'] }))).not.toThrow();
  });

  it('what was behind an identity provider already runs before ours', () => {
    expect(drawn(frameOf(withEverything, 'stepward-after-broker after acme'))).toMatch(
      /^stepward-after-broker after acme REQUIRED \(stepward-after-broker after acme-login REQUIRED \(auth-otp-form REQUIRED\), /,
    );
  });

  it.each([
    ['stepward-browser-step-up', 'fallback'],
    ['stepward-direct-grant-step-up', 'deny'],
    ['stepward-reset-credentials', 'deny'],
  ])('%s: where no factor of Keycloak can stand in, fallback is deny', (alias, policy) => {
    const after = applied(realmWith(), { failurePolicy: 'fallback' });
    const ours = treeOf(after, alias)?.nodes.find((node) => node.kind === 'execution' && node.authenticator === 'stepward-authenticator');
    expect(ours).toMatchObject({ settings: { 'stepward.failurePolicy': policy } });
  });

  it('the level must be earned at Stepward whatever the policy', () => {
    const after = applied(realmWith(), { layout: 'acr', failurePolicy: 'allow' });
    expect(treeOf(after, 'stepward-browser-loa2')?.nodes[1]).toMatchObject({
      settings: { 'stepward.requiredAcr': 'urn:stepward:aal2', 'stepward.failurePolicy': 'deny' },
    });
  });
});

describe('a plan', () => {
  it.each(['risk', 'acr'] as const)('layout %s: once it is written there is nothing left', (layout) => {
    const after = applied(withEverything, { layout });
    const again = planInstall(after, options({ layout }));
    expect({ ...again, isEmpty: isEmpty(again) }).toMatchObject({ bind: [], build: [], drift: [], leftovers: [], isEmpty: true });
  });

  it('masked settings count as equal', () => {
    const after = applied(withEverything);
    const hide = (config: Readonly<Record<string, string>>) => Object.fromEntries(Object.keys(config).map((key) => [key, '**********']));
    const configs = Object.fromEntries(Object.entries(after.configs).map(([alias, config]) => [alias, hide(config)]));
    expect(isEmpty(planInstall({ ...after, configs }, options()))).toBe(true);
  });

  it('a changed base is drift; without `refresh` nothing is built', () => {
    const after = applied(realmWith());
    const flows = after.flows.map((one) => (one.alias === 'forms' ? flow('forms', [['auth-password-form', 'REQUIRED']], false) : one));
    const plan = planInstall({ ...after, flows }, options());
    expect([plan.build, plan.bind, plan.drift.length]).toEqual([[], [], 1]);
    const fresh = planInstall({ ...after, flows }, options({ refresh: true }));
    expect(fresh.build.map(({ alias }) => alias)).toEqual(['stepward-browser-2']);
    expect(fresh.bind).toEqual([expect.objectContaining({ from: 'stepward-browser', to: 'stepward-browser-2' })]);
    expect(fresh.retired.map(({ alias }) => alias)).toEqual(['stepward-browser']);
  });

  it('a flow that an interrupted run left half is deleted, one that it left whole is used', () => {
    const whole = applied(realmWith());
    const unbound = { ...whole, bindings: realmWith().bindings, attributes: {} };
    const again = planInstall(unbound, options());
    expect([again.build, again.leftovers]).toEqual([[], []]);
    const half = unbound.flows.map((one) => (one.alias === 'stepward-browser' ? { ...one, executions: one.executions.slice(0, 1) } : one));
    const repaired = planInstall({ ...unbound, flows: half }, options());
    expect(repaired.leftovers.map(({ alias }) => alias)).toEqual(['stepward-browser', 'stepward-browser-step-up']);
    expect(repaired.build.map(({ alias }) => alias)).toEqual(['stepward-browser']);
  });

  it('what was bound before is remembered once, not its own flow the second time', () => {
    const after = applied(withEverything);
    expect(after.attributes).toMatchObject({
      'stepward.previous.browserFlow': 'browser',
      'stepward.previous.identityProviders': '{"acme":"after acme","other":""}',
      'stepward.previous.clients': '{"mobile":{"browser":"mobile"}}',
    });
  });

  it('a way that is to be left goes back to what it was', () => {
    const plan = planInstall(applied(withEverything), options({ leave: ['direct-grant'], except: ['mobile'] }));
    expect(plan.bind).toEqual([
      expect.objectContaining({ from: 'stepward-direct-grant', to: 'direct grant' }),
      expect.objectContaining({ from: 'stepward-client-browser mobile', to: 'mobile' }),
    ]);
    expect(plan.retired.map(({ alias }) => alias)).toEqual(['stepward-direct-grant', 'stepward-client-browser mobile']);
  });

  it('what a place had is remembered until the place has it again', () => {
    const { before, after } = planInstall(applied(withEverything), options({ leave: ['direct-grant'], except: ['mobile'] })).attributes;
    expect(before).toEqual({});
    expect(after).toEqual({ 'stepward.previous.directGrantFlow': undefined, 'stepward.previous.clients': undefined });
  });

  it('refuses to guess what was bound before', () => {
    expect(() => planInstall({ ...applied(realmWith()), attributes: {} }, options())).toThrow('nobody knows what was bound before');
  });

  it('the flow of the admin console is left alone unless admins are included', () => {
    const snapshot = realmWith({
      flows: [flow('emergency', [['auth-cookie', 'ALTERNATIVE']])],
      clients: [client('security-admin-console', { overrides: { browser: 'id of emergency' } })],
    });
    expect(planInstall(snapshot, options()).bind.filter(({ kind }) => kind === 'client')).toEqual([]);
    expect(uncoveredWays(snapshot, options()).map(({ way }) => way)).toContain(
      'client security-admin-console, its own browser flow `emergency`',
    );
    expect(planInstall(snapshot, options({ includeAdmins: true })).bind).toContainEqual(
      expect.objectContaining({ from: 'emergency', to: 'stepward-client-browser emergency' }),
    );
  });
});

describe('uncovered ways', () => {
  it('are told by name', () => {
    const snapshot = realmWith({
      registrationAllowed: true,
      flows: [flow('mobile', [['auth-cookie', 'ALTERNATIVE']])],
      identityProviders: [{ alias: 'acme' }],
      clients: [
        client('mobile', { overrides: { browser: 'id of mobile' } }),
        client('robot', { serviceAccount: true, attributes: { 'standard.token.exchange.enabled': 'true' } }),
        client('legacy', { protocol: 'saml', attributes: { 'saml.allow.ecp.flow': 'true' } }),
        client('registry', { protocol: 'docker-v2' }),
        client('kiosk', { attributes: { 'oidc.ciba.grant.enabled': 'true', 'oauth2.jwt.authorization.grant.enabled': 'true' } }),
      ],
    });
    const ways = uncoveredWays(
      snapshot,
      options({ leave: ['direct-grant', 'reset-credentials', 'identity-providers'], except: ['mobile'] }),
    );
    expect(ways.map(({ way }) => way)).toEqual([
      'direct grant',
      'reset credentials',
      'logins through acme',
      'registration',
      'client mobile, its own browser flow `mobile`',
      'client credentials (robot)',
      'token exchange (robot)',
      'CIBA (kiosk)',
      'JWT authorization grant (kiosk)',
      'SAML ECP (legacy)',
      'docker (registry)',
      'refresh tokens',
      'impersonation by an administrator',
    ]);
  });
});

describe('removal', () => {
  it('goes back to what was, and takes the record away last', () => {
    const removal = planRemoval(applied(withEverything));
    expect(removal.bind.map(({ place, to }) => [place, to])).toEqual([
      ['browserFlow', 'browser'],
      ['directGrantFlow', 'direct grant'],
      ['resetCredentialsFlow', 'reset credentials'],
      ['identity provider acme', 'after acme'],
      ['identity provider other', ''],
      ['client mobile (browser)', 'mobile'],
    ]);
    expect(Object.keys(removal.attributes)).toHaveLength(5);
  });

  it.each([
    ['a flow that is gone', { 'stepward.previous.browserFlow': 'long gone' }, 'the flow `long gone` that was bound before is gone'],
    ['nothing that is remembered', {}, 'nobody knows what was bound before'],
  ])('with %s the flow stays bound, and nothing that it needs goes', (_, attributes, told) => {
    const removal = planRemoval({ ...applied(realmWith(), { leave: ['direct-grant', 'reset-credentials'] }), attributes });
    expect(removal.kept).toEqual([expect.stringContaining(told)]);
    expect([removal.bind, removal.flows, removal.scope, removal.attributes]).toEqual([[], [], undefined, {}]);
  });

  it('keeps a flow that a foreign flow holds', () => {
    const after = applied(realmWith());
    const removal = planRemoval({ ...after, flows: [...after.flows, flow('theirs', [['flow stepward-browser-step-up', 'REQUIRED']])] });
    expect(removal.flows.map(({ alias }) => alias)).toEqual(['stepward-direct-grant', 'stepward-reset-credentials']);
    expect(removal.kept).toEqual(['flow stepward-browser stays: flow theirs names it']);
  });
});

describe('names', () => {
  it.each(['browser', 'stepward', 'my-stepward-browser', 'stepward-browsers', 'stepward-browser-mine'])('%s is not ours', (alias) => {
    expect(isOurs(alias)).toBe(false);
  });
  it.each([
    'stepward-browser',
    'stepward-browser-2',
    'stepward-browser-login',
    'stepward-browser-2-login forms',
    'stepward-client-browser a flow-step-up',
    'stepward-after-broker after acme',
  ])('%s is', (alias) => {
    expect(isOurs(alias)).toBe(true);
  });
});
