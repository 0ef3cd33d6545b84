/** An execution or a subflow of a flow, as a tree. */
export type FlowNode =
  | { readonly run: string; readonly requirement?: Requirement; readonly config?: Readonly<Record<string, string>> }
  | { readonly flow: string; readonly requirement?: Requirement; readonly of: readonly FlowNode[] };
export type Requirement = 'REQUIRED' | 'ALTERNATIVE' | 'CONDITIONAL' | 'DISABLED';

/** Settings of our execution, by their names without the prefix. */
export type StepwardSettings = Readonly<Record<string, string>>;

/** Flows and settings of executions as a realm import has them. */
export type Imported = {
  readonly authenticationFlows: readonly Readonly<Record<string, unknown>>[];
  readonly authenticatorConfig: readonly Readonly<Record<string, unknown>>[];
};

const prefixed = (settings: StepwardSettings): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(settings).map(([key, value]) => [key.startsWith('default.') ? key : `stepward.${key}`, value]));

/** Our execution, REQUIRED. */
export const stepward = (settings: StepwardSettings): FlowNode => ({ run: 'stepward-authenticator', config: prefixed(settings) });

/** What asks for Keycloak's own factor where no decision could be had. */
export const fallback = (alias: string, executions: readonly string[] = ['auth-otp-form']): FlowNode => ({
  flow: alias,
  requirement: 'CONDITIONAL',
  of: [{ run: 'stepward-fallback-condition' }, ...executions.map((run) => ({ run, requirement: 'ALTERNATIVE' as const }))],
});

/** A login by cookie, identity provider or password, without our step. */
export const loginFlow = (alias: string): FlowNode => ({
  flow: alias,
  of: [
    { run: 'auth-cookie', requirement: 'ALTERNATIVE' },
    { run: 'identity-provider-redirector', requirement: 'ALTERNATIVE' },
    { flow: `${alias}-forms`, requirement: 'ALTERNATIVE', of: [{ run: 'auth-username-password-form' }] },
  ],
});

/** Such a login, and our step after it: SSO is decided, too. */
export const browserFlow = (alias: string, settings: StepwardSettings): FlowNode => ({
  flow: alias,
  of: [loginFlow(`${alias}-login`), { flow: `${alias}-step-up`, of: [stepward(settings), fallback(`${alias}-fallback`)] }],
});

/** Password grant and our step after it. */
export const directFlow = (alias: string, settings: StepwardSettings): FlowNode => ({
  flow: alias,
  of: [
    { run: 'direct-grant-validate-username' },
    { run: 'direct-grant-validate-password' },
    stepward(settings),
    fallback(`${alias}-fallback`),
  ],
});

/** A login through an identity provider is over: our step, and its own fallback. */
export const postBrokerFlow = (alias: string, settings: StepwardSettings): FlowNode => ({
  flow: alias,
  of: [stepward(settings), fallback(`${alias}-fallback`)],
});

/** A forgotten password: after the mail, before the new password. */
export const resetFlow = (alias: string, settings: StepwardSettings): FlowNode => ({
  flow: alias,
  of: [{ run: 'reset-credentials-choose-user' }, { run: 'reset-credential-email' }, stepward(settings), { run: 'reset-password' }],
});

const isFlow = (node: FlowNode): node is Extract<FlowNode, { readonly flow: string }> => 'flow' in node;

/** The trees, each the top of a flow, for a realm import. */
export const imported = (tops: readonly FlowNode[]): Imported => {
  const authenticationFlows: Record<string, unknown>[] = [];
  const authenticatorConfig: Record<string, unknown>[] = [];
  const add = (node: FlowNode, topLevel: boolean): void => {
    if (!isFlow(node)) return;
    const authenticationExecutions = node.of.map((one, index) => {
      const common = { requirement: one.requirement ?? 'REQUIRED', priority: (index + 1) * 10, userSetupAllowed: false };
      if (isFlow(one)) return { ...common, authenticatorFlow: true, flowAlias: one.flow };
      const name = `${node.flow}-${one.run}-${index}`;
      if (one.config) authenticatorConfig.push({ alias: name, config: one.config });
      return { ...common, authenticatorFlow: false, authenticator: one.run, ...(one.config && { authenticatorConfig: name }) };
    });
    authenticationFlows.push({ alias: node.flow, providerId: 'basic-flow', topLevel, builtIn: false, authenticationExecutions });
    for (const one of node.of) add(one, false);
  };
  for (const top of tops) add(top, true);
  return { authenticationFlows, authenticatorConfig };
};
