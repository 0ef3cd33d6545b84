import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { applyPlan } from '../../keycloak/apply.ts';
import { uncoveredWays } from '../../keycloak/coverage.ts';
import type { InstallOptions } from '../../keycloak/options.ts';
import { isEmpty, type Plan, planInstall } from '../../keycloak/plan.ts';
import { type RealmExport, realmImport } from '../../keycloak/realm-import.ts';
import { applyRemoval, isNothing, planRemoval } from '../../keycloak/uninstall.ts';
import { Failure } from '../failure.ts';
import type { Environment } from '../settings.ts';
import { removeCanary, tryFlow } from './canary.ts';
import { checkRealm, openRealm } from './open.ts';
import { dataPoints, samplePolicy } from './policy.ts';
import { readRecord, writeRecord } from './record-file.ts';
import { tellDrift, tellPlan, tellRemoval, tellUncovered } from './tell.ts';

export type KeycloakRun = {
  readonly env: Environment;
  readonly print: (line: string) => void;
  readonly realm: string;
  readonly options: InstallOptions;
};

/** Whether the realm is as it should be: the exit code of a plan. */
export type Standing = 'as planned' | 'changes';

const standing = (plan: Plan): Standing => (isEmpty(plan) && plan.drift.length === 0 ? 'as planned' : 'changes');

/** Says what would change and what stays uncovered; changes nothing. */
export const plan = async ({ env, print, realm, options }: KeycloakRun): Promise<Standing> => {
  const { snapshot } = await openRealm(env, realm);
  checkRealm(snapshot, options);
  const planned = planInstall(snapshot, options);
  tellPlan(planned, snapshot, print);
  tellDrift(planned, print);
  tellUncovered(uncoveredWays(snapshot, options), print);
  return standing(planned);
};

/** Makes it so, and says what stays uncovered. */
export const apply = async (
  { env, print, realm, options }: KeycloakRun,
  { record, isTried }: { readonly record: string; readonly isTried: boolean },
): Promise<Standing> => {
  const { client, admin, snapshot } = await openRealm(env, realm);
  checkRealm(snapshot, options);
  const planned = planInstall(snapshot, options);
  if (!isEmpty(planned)) {
    await removeCanary(client);
    const written = planned.bind.length > 0 ? writeRecord(record, snapshot, planned) : undefined;
    if (written) print(`what is bound now is in ${written}`);
    const tryLogin = async (flow: string): Promise<void> => {
      const outcome = await tryFlow(client, await admin.snapshot(), flow, env);
      if (outcome.kind === 'undecided')
        throw new Failure(
          1,
          `nothing was bound, the realm signs in as before: a login through ${flow} was tried: ${outcome.why}; \`--untried\` binds without`,
        );
      print(`a login through ${flow} was tried: ${outcome.how}`);
    };
    await applyPlan({ admin, tell: print, ...(isTried && { tryLogin }) }, planned, snapshot);
  } else print('nothing to change');
  tellDrift(planned, print);
  tellUncovered(uncoveredWays(snapshot, options), print);
  return planned.drift.length === 0 ? 'as planned' : 'changes';
};

/** Puts the realm back as it was; what somebody else bound since stays. */
export const uninstall = async (
  { env, print, realm }: Omit<KeycloakRun, 'options'>,
  { record, isDry }: { readonly record: string | undefined; readonly isDry: boolean },
): Promise<Standing> => {
  const { client, admin, snapshot } = await openRealm(env, realm);
  const removal = planRemoval(snapshot, record === undefined ? undefined : readRecord(record, realm));
  if (isDry) {
    tellRemoval(removal, print);
    if (isNothing(removal)) print('nothing to change');
    return isNothing(removal) ? 'as planned' : 'changes';
  }
  if (!isNothing(removal)) {
    await removeCanary(client);
    await applyRemoval({ admin, tell: print }, removal);
  }
  for (const line of removal.kept) print(line);
  if (removal.kept.length > 0) return 'changes';
  if (isNothing(removal)) print('nothing to change');
  return 'as planned';
};

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** Writes the realm as it would be, to be imported elsewhere, with the policy that Stepward needs for it. */
export const exportRealm = async ({ env, print, realm, options }: KeycloakRun, out: string): Promise<void> => {
  const { client, snapshot } = await openRealm(env, realm);
  checkRealm(snapshot, options);
  const exported = (await client.realms.export({ realm, exportClients: true, exportGroupsAndRoles: true })) as RealmExport;
  const files = {
    'realm.json': realmImport(exported, snapshot, planInstall(snapshot, options)),
    'datapoints.json': dataPoints,
    'policy.json': samplePolicy(options),
  };
  mkdirSync(out, { recursive: true });
  // a realm tells much about its people and its clients, even without secrets
  for (const [name, value] of Object.entries(files)) writeFileSync(join(out, name), json(value), { mode: 0o600 });
  print(`${out}: wrote ${Object.keys(files).join(', ')}`);
  print(
    `next: stepward keycloak policy ${out}, before Keycloak asks for the first time; put secrets into realm.json where it has \`**********\``,
  );
};
