import { fallbackAuthenticators, type InstallOptions } from './options.ts';
import { Refusal } from './refusal.ts';
import type { Requirement, Snapshot } from './snapshot.ts';
import { copiedAlias, type Target, type TargetCopy, type TargetExecution, type TargetFlow } from './target.ts';
import { type Tree, type TreeFlow, treeOf } from './tree.ts';

export const authenticatorId = 'stepward-authenticator';
export const conditionId = 'stepward-fallback-condition';

/** Level of Keycloak by acr of Stepward. */
export const acrLevels = { 'urn:stepward:aal1': 1, 'urn:stepward:aal2': 2 } as const;
/** How long Keycloak's own factor counts for level 1: a working day. */
const levelOneSeconds = 36_000;

/** A top-level flow of ours. */
export type Frame = TargetFlow | TargetCopy;

const levelCondition = (level: number, maxAge: number): TargetExecution => ({
  kind: 'execution',
  authenticator: 'conditional-level-of-authentication',
  requirement: 'REQUIRED',
  settings: { 'loa-condition-level': String(level), 'loa-max-age': String(maxAge) },
});

/** Where the host's own factor is not at hand, or must not stand for ours, `fallback` is `deny`. */
const withoutFallback = ({ failurePolicy }: InstallOptions): string => (failurePolicy === 'fallback' ? 'deny' : failurePolicy);

const asks = (options: InstallOptions, fixed: Readonly<Record<string, string>>): TargetExecution => ({
  kind: 'execution',
  authenticator: authenticatorId,
  requirement: 'REQUIRED',
  settings: { ...options.settings, ...fixed },
  initial: { 'stepward.action': 'signIn' },
});

const fallback = (alias: string, { fallbackCredentials }: InstallOptions): TargetFlow => ({
  kind: 'flow',
  alias: `${alias}-fallback`,
  requirement: 'CONDITIONAL',
  nodes: [
    { kind: 'execution', authenticator: conditionId, requirement: 'REQUIRED' },
    // ALTERNATIVE never enrolls: REQUIRED would let whoever knows the password enroll a factor
    ...fallbackCredentials.map(
      (type): Target => ({ kind: 'execution', authenticator: fallbackAuthenticators[type], requirement: 'ALTERNATIVE' }),
    ),
  ],
});

const asksOrFallsBack = (alias: string, options: InstallOptions): readonly Target[] => [
  asks(options, {
    'stepward.failurePolicy': options.failurePolicy,
    'stepward.fallbackCredentials': options.fallbackCredentials.join('##'),
  }),
  fallback(alias, options),
];

const stepUp = (alias: string, nodes: readonly Target[]): TargetFlow => ({
  kind: 'flow',
  alias: `${alias}-step-up`,
  requirement: 'REQUIRED',
  nodes,
});

const frame = (alias: string, nodes: readonly Target[]): TargetFlow => ({ kind: 'flow', alias, requirement: 'REQUIRED', nodes });
const login = (alias: string, of: string): TargetCopy => ({ kind: 'copy', alias: `${alias}-login`, of, requirement: 'REQUIRED' });

/** Every login, SSO too: Keycloak's own flow, then ours. */
export const riskFrame = (alias: string, base: string, options: InstallOptions): Frame =>
  frame(alias, [login(alias, base), stepUp(alias, asksOrFallsBack(alias, options))]);

/** The flow inside the base that asks for name and password: the last ALTERNATIVE one. @throws Refusal where there is none. */
const formsOf = (snapshot: Snapshot, base: string): TreeFlow => {
  const nodes: readonly Tree[] = treeOf(snapshot, base)?.nodes ?? [];
  const others = nodes.filter(({ requirement }) => requirement !== 'ALTERNATIVE' && requirement !== 'DISABLED');
  const forms = nodes.findLast((node) => node.kind === 'flow' && node.requirement === 'ALTERNATIVE');
  if (others.length > 0 || forms?.kind !== 'flow')
    throw new Refusal(`layout \`acr\` needs a flow of alternatives with a subflow of forms, which \`${base}\` is not: use layout \`risk\``);
  return forms;
};

/** As `riskFrame`; and `acr_values` is answered by levels, a second one without the password again. */
export const acrFrame = (snapshot: Snapshot, alias: string, base: string, options: InstallOptions): Frame => {
  const forms = formsOf(snapshot, base);
  const level = (loa: 1 | 2, nodes: readonly Target[]): TargetFlow => ({
    kind: 'flow',
    alias: `${alias}-loa${loa}`,
    requirement: 'CONDITIONAL',
    nodes,
  });
  const factors: TargetFlow = {
    kind: 'flow',
    alias: `${alias}-factors`,
    requirement: 'ALTERNATIVE',
    nodes: [
      // a condition of level 2 without one of level 1 before it would match at every login
      level(1, [levelCondition(1, levelOneSeconds), { kind: 'copy', alias: `${alias}-forms`, of: forms.alias, requirement: 'REQUIRED' }]),
      level(2, [
        levelCondition(2, options.stepUpSeconds),
        asks(options, { 'stepward.failurePolicy': 'deny', 'stepward.requiredAcr': 'urn:stepward:aal2' }),
      ]),
    ],
  };
  const into = `${alias}-login`;
  const copy: TargetCopy = {
    ...login(alias, base),
    edit: { kind: 'replace', into, row: copiedAlias(into, forms.alias), by: factors },
  };
  return frame(alias, [copy, stepUp(alias, asksOrFallsBack(alias, options))]);
};

/** A direct grant cannot be challenged: it is let through or denied. */
export const directGrantFrame = (alias: string, base: string, options: InstallOptions): Frame =>
  frame(alias, [login(alias, base), stepUp(alias, [asks(options, { 'stepward.failurePolicy': withoutFallback(options) })])]);

/** After a login at another identity provider, and after what was there already. */
export const postBrokerFrame = (alias: string, base: string | undefined, options: InstallOptions): Frame =>
  base === undefined ? frame(alias, asksOrFallsBack(alias, options)) : riskFrame(alias, base, options);

const mailAuthenticator = 'reset-credential-email';
/** What changes credentials: ours must have been before it. */
const changesCredentials = new Set(['reset-password', 'reset-otp']);

type Place = { readonly flow: TreeFlow; readonly at: number };
const placeOf = (flow: TreeFlow): Place | undefined => {
  const at = flow.nodes.findIndex((node) => node.kind === 'execution' && node.authenticator === mailAuthenticator);
  if (at >= 0) return { flow, at };
  // only a subflow that always runs holds a place that nobody gets round
  for (const node of flow.nodes) {
    const found = node.kind === 'flow' && node.requirement === 'REQUIRED' ? placeOf(node) : undefined;
    if (found) return found;
  }
  return undefined;
};

const runsBefore = (flow: TreeFlow, changed: ReadonlySet<string>): boolean => {
  for (const node of flow.nodes) {
    if (node.kind === 'execution' && node.authenticator === mailAuthenticator) return false;
    if (node.kind === 'execution' && changed.has(node.authenticator)) return true;
    if (node.kind === 'flow' && runsBefore(node, changed)) return true;
  }
  return false;
};

/** Why ours cannot be put into this flow of reset credentials; `undefined`: it can. */
export const resetRefusal = (snapshot: Snapshot, base: string): string | undefined => {
  const flow = treeOf(snapshot, base);
  const place = flow && placeOf(flow);
  if (!flow || !place) return `\`${base}\` has no \`${mailAuthenticator}\` that always runs`;
  const alternative = place.flow.nodes.find(({ requirement }: { readonly requirement: Requirement }) => requirement === 'ALTERNATIVE');
  if (alternative)
    return `\`${place.flow.alias}\` has the ALTERNATIVE \`${alternative.kind === 'flow' ? alternative.alias : alternative.authenticator}\` beside the mail`;
  return runsBefore(flow, changesCredentials) ? `\`${base}\` changes credentials before the mail` : undefined;
};

/** After the mail, before anything is changed; this flow signs the user in without the browser flow. */
export const resetFrame = (snapshot: Snapshot, alias: string, base: string, options: InstallOptions): Frame => {
  const flow = treeOf(snapshot, base);
  const place = flow && placeOf(flow);
  const into = place === undefined || place.flow === flow ? alias : copiedAlias(alias, place.flow.alias);
  const { 'stepward.action': _, ...settings } = options.settings;
  const node: Target = {
    ...asks({ ...options, settings }, { 'stepward.failurePolicy': withoutFallback(options) }),
    initial: { 'stepward.action': 'passwordReset' },
  };
  return { kind: 'copy', alias, of: base, requirement: 'REQUIRED', edit: { kind: 'insert', into, after: mailAuthenticator, node } };
};
