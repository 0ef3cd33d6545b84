import type { RealmAdmin } from './admin.ts';
import { buildFrame } from './build-flow.ts';
import { scopeMappers, scopeName } from './claims-scope.ts';
import { isKind } from './names.ts';
import type { Rebinding } from './place-plans.ts';
import { placesNaming } from './places.ts';
import type { AttributeChanges, Plan } from './plan.ts';
import { Refusal } from './refusal.ts';
import { type FlowOfRealm, flowNamed, type Snapshot } from './snapshot.ts';

/** How a run is followed, and what is asked before the flows are bound. */
export type Run = {
  readonly admin: RealmAdmin;
  readonly tell: (line: string) => void;
  /** Tries the flow of this alias with a login; throws where it does not work, and nothing is bound. */
  readonly tryLogin?: (browserFlow: string) => Promise<void>;
};

/** Looked at again right before: Keycloak deletes a flow that is nested in a bound one without a word, and every login fails. */
const deleteFlows = async ({ admin, tell }: Run, flows: readonly FlowOfRealm[]): Promise<void> => {
  if (flows.length === 0) return;
  const now = await admin.snapshot();
  for (const { id, alias } of flows) {
    const places = placesNaming(now, alias);
    if (places.length > 0) tell(`keep flow ${alias}: ${places.join(', ')} names it`);
    else {
      await admin.deleteFlow(id);
      tell(`delete flow ${alias}`);
    }
  }
};

const applyScope = async ({ admin, tell }: Run, { scope }: Plan, before: Snapshot): Promise<void> => {
  const present = before.scopes.find(({ name }) => name === scopeName)?.id;
  const id = present ?? (await admin.createScope(scopeName, scopeMappers));
  if (present === undefined) tell(`create client scope ${scopeName}`);
  for (const mapper of scope.mappers) {
    await admin.putMapper(id, mapper);
    tell(`change mapper ${mapper.name} of client scope ${scopeName}`);
  }
  if (scope.toRealm) {
    await admin.addScopeToRealm(id);
    tell(`give client scope ${scopeName} to new clients`);
  }
  for (const client of scope.toClients) {
    await admin.addScopeToClient(client.id, id);
    tell(`give client scope ${scopeName} to client ${client.clientId}`);
  }
};

const applySettings = async ({ admin, tell }: Run, { settings }: Plan): Promise<void> => {
  for (const { flow, authenticator, settings: wanted, told } of settings) {
    const row = (await admin.rows(flow)).find((one) => one.level === 0 && one.providerId === authenticator);
    if (!row) throw new Refusal(`\`${authenticator}\` is gone from the flow \`${flow}\``);
    if (row.authenticationConfig) await admin.changeSettings(row.authenticationConfig, wanted);
    else await admin.createSettings(row.id, `${flow} ${authenticator}`, wanted);
    tell(`change settings of ${told}`);
  }
};

/** Writes what is to be changed, if anything is. */
export const changeAttributes = async ({ admin, tell }: Run, changes: AttributeChanges): Promise<void> => {
  if (Object.keys(changes).length === 0) return;
  await admin.changeAttributes(changes);
  tell(`write attributes ${Object.keys(changes).join(', ')}`);
};

const shown = (alias: string): string => alias || 'none';

/** The realm last: until then its logins go as they went. In one request, so that no half of it stands. */
export const rebind = async ({ admin, tell }: Run, changes: readonly Rebinding[]): Promise<void> => {
  const now = changes.some(({ kind }) => kind === 'client') ? await admin.snapshot() : undefined;
  const inOrder = changes.toSorted((left, right) => Number(left.kind === 'realm') - Number(right.kind === 'realm'));
  const slots = Object.fromEntries(inOrder.flatMap((change) => (change.kind === 'realm' ? [[change.slot, change.to]] : [])));
  for (const change of inOrder) {
    if (change.kind === 'identity-provider') await admin.bindIdentityProvider(change.alias, change.to);
    if (change.kind === 'client') {
      const id = change.to === '' ? '' : flowNamed(now as Snapshot, change.to)?.id;
      if (id === undefined) throw new Refusal(`the flow \`${change.to}\` is not in the realm`);
      await admin.bindClient(change.id, change.slot, id);
    }
    if (change.kind !== 'realm') tell(`bind ${change.place}: ${shown(change.from)} -> ${shown(change.to)}`);
  }
  if (Object.keys(slots).length === 0) return;
  await admin.bindRealm(slots);
  for (const { kind, place, from, to } of inOrder) if (kind === 'realm') tell(`bind ${place}: ${shown(from)} -> ${shown(to)}`);
};

/**
 * Makes the realm as planned. What was bound before is remembered before anything is bound; what is bound was tried before.
 *
 * @throws Refusal where the realm is no longer as it was when it was planned.
 */
export const applyPlan = async (run: Run, plan: Plan, before: Snapshot): Promise<void> => {
  const { admin, tell, tryLogin } = run;
  await deleteFlows(run, plan.leftovers);
  await applyScope(run, plan, before);
  for (const frame of plan.build) {
    await buildFrame(admin, frame);
    tell(`create flow ${frame.alias}`);
  }
  await applySettings(run, plan);
  await changeAttributes(run, plan.attributes.before);
  // one that an interrupted run left whole is tried too
  const browser = plan.bind.find(({ to }) => isKind(to, 'browser'));
  if (browser && tryLogin) await tryLogin(browser.to);
  await rebind(run, plan.bind);
  await changeAttributes(run, plan.attributes.after);
  await deleteFlows(run, plan.retired);
};
