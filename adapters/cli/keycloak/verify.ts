import type KeycloakAdminClient from '@keycloak/keycloak-admin-client';
import { segment } from '../../client/transport.ts';
import { uncoveredWays } from '../../keycloak/coverage.ts';
import { authenticatorId } from '../../keycloak/layout.ts';
import { isEmpty, planInstall } from '../../keycloak/plan.ts';
import type { Snapshot } from '../../keycloak/snapshot.ts';
import type { Management } from '../management.ts';
import { removeCanary, tryFlow } from './canary.ts';
import { checkRealm, openRealm } from './open.ts';
import type { KeycloakRun, Standing } from './run.ts';
import { tellDrift, tellPlan, tellUncovered } from './tell.ts';

const privateAddress = /^(?:10\.|127\.|169\.254\.|172\.(?:1[6-9]|2\d|3[01])\.|192\.168\.|::1$|f[cde])/i;
/** Fewer logins than this show nothing about addresses. */
const fewLogins = 5;

/** Behind a proxy that Keycloak does not trust, everybody seems to sign in from the proxy. */
const addressWarning = async ({ realms, realmName: realm }: KeycloakAdminClient): Promise<string | undefined> => {
  const events = await realms.findEvents({ realm, type: 'LOGIN', max: 50 }).catch(() => undefined);
  if (events === undefined) return 'warning: the addresses of logins were not looked at: the service account has no `view-events`';
  const addresses = new Set(events.map(({ ipAddress }) => ipAddress ?? ''));
  const [only = ''] = addresses;
  if (events.length < fewLogins || addresses.size > 1 || !privateAddress.test(only)) return undefined;
  return `warning: every one of ${events.length} logins shows the private address ${only}: start Keycloak with \`--proxy-headers\` and \`--proxy-trusted-addresses\``;
};

/** Settings of our executions in flows that are in use. */
const settingsInUse = ({ flows, configs }: Snapshot) =>
  flows.flatMap(({ alias, executions }) =>
    executions
      .filter(({ authenticator }) => authenticator === authenticatorId)
      .map(({ config = '' }) => ({ flow: alias, settings: configs[config] ?? {} })),
  );

/** Keycloak holds the policy that works with Stepward down; Stepward tells its own with every answer. They should say the same. */
const policyWarnings = async (snapshot: Snapshot, management: Management): Promise<readonly string[]> => {
  const warnings: string[] = [];
  for (const { flow, settings } of settingsInUse(snapshot)) {
    const action = settings['stepward.action'] ?? 'signIn';
    const path = `/action-configurations/${segment('actionCode', action)}`;
    const found = await management.get<{ readonly failurePolicy?: string }>(path).catch(() => undefined);
    const [here, there] = [settings['stepward.failurePolicy'] ?? 'deny', found?.value.failurePolicy];
    if (!found) warnings.push(`warning: Stepward has no action \`${action}\`, which ${flow} names: load the policy`);
    else if (there !== undefined && there !== here)
      warnings.push(`warning: the failure policy of ${flow} is \`${here}\`, that of action \`${action}\` at Stepward \`${there}\``);
  }
  return warnings;
};

/** Whether the realm is as planned and a login through it is asked for; and what looks wrong beside. */
export const verify = async (
  { env, print, realm, options }: KeycloakRun,
  { management, isTried }: { readonly management: () => Management; readonly isTried: boolean },
): Promise<Standing> => {
  const { client, snapshot } = await openRealm(env, realm);
  checkRealm(snapshot, options);
  const planned = planInstall(snapshot, options);
  const isAsPlanned = isEmpty(planned) && planned.drift.length === 0;
  if (!isEmpty(planned)) tellPlan(planned, snapshot, print);
  tellDrift(planned, print);
  let isDecided = true;
  const flow = snapshot.bindings.browserFlow ?? '';
  if (isTried) {
    await removeCanary(client);
    const outcome = await tryFlow(client, snapshot, flow, env);
    isDecided = outcome.kind === 'decided';
    print(`a login through ${flow} was tried: ${outcome.kind === 'decided' ? outcome.how : outcome.why}`);
  }
  const address = await addressWarning(client);
  if (address) print(address);
  if (env.STEPWARD_MANAGEMENT_KEYS) for (const line of await policyWarnings(snapshot, management())) print(line);
  tellUncovered(uncoveredWays(snapshot, options), print);
  return isAsPlanned && isDecided ? 'as planned' : 'changes';
};
