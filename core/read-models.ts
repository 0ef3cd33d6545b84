import type { InstanceRef, Policy, State } from './action.ts';
import { rulingDecision } from './challenge/deferral.ts';
import { presentState } from './challenge/present-state.ts';
import { existing } from './challenge/validate.ts';
import type { Decision } from './decision.ts';
import type { Instance } from './instance.ts';
import { environmentOf } from './policy/compiled.ts';
import type { PolicySet } from './policy/policies.ts';
import { explainRules } from './rules/explain.ts';
import { unpackTrace } from './rules/packed-trace.ts';
import type { Ports } from './settings.ts';
import { recordedOf } from './signals/snapshot.ts';

const iso = (at: number): string => new Date(at).toISOString();
const isoOrNothing = (at: number | undefined): string | undefined => (at === undefined ? undefined : iso(at));

/** The policy that decided: frozen for ever under its version. */
const frozenPolicy = async (ports: Ports, set: PolicySet, action: string, decision: Decision): Promise<Policy | undefined> => {
  const present = set.actions.get(action);
  if (present?.version === decision.policyVersion) return present;
  return (await ports.store.policyVersion(action, decision.policyVersion)) as Policy | undefined;
};

/** Where an action instance stands now. */
export const getAction = async (ports: Ports, ref: InstanceRef): Promise<Record<string, unknown>> => {
  const instance = existing(await ports.store.instance(ref));
  const decision = rulingDecision(instance);
  const policy = await frozenPolicy(ports, await ports.policies.current(), instance.action, decision);
  const { proof } = instance;
  const { state, failureReason } = presentState(instance, ports.clock.now());
  const rules = (policy?.rules ?? [])
    .filter(({ ruleId }) => decision.ruleIds.includes(ruleId))
    .map(({ ruleId, name, description }) => ({ ruleId, name, description }));
  return {
    state,
    stateUpdatedAt: iso(instance.stateUpdatedAt),
    createdAt: iso(instance.createdAt),
    verificationMethod: proof?.method,
    rules,
    outcome: instance.outcome,
    acr: proof?.acr,
    amr: proof?.amr,
    consumedAt: isoOrNothing(instance.consumedAt),
    expiresAt: iso(instance.expiresAt),
    policyVersion: decision.policyVersion,
    userId: instance.userId,
    action: instance.action,
    idempotencyKey: instance.idempotencyKey,
    failureReason,
    origin: instance.origin,
  };
};

/** A line of a list of action instances. */
export const actionLine = (instance: Instance, now: number): Record<string, unknown> => ({
  actionCode: instance.action,
  idempotencyKey: instance.idempotencyKey,
  createdAt: iso(instance.createdAt),
  updatedAt: iso(instance.stateUpdatedAt),
  state: presentState(instance, now).state,
  stateUpdatedAt: iso(instance.stateUpdatedAt),
  verificationMethod: instance.proof?.method,
  verifiedByAuthenticatorId: instance.proof?.userAuthenticatorId,
  acr: instance.proof?.acr,
  authTime: isoOrNothing(instance.proof?.authTime),
  consumedAt: isoOrNothing(instance.consumedAt),
  decidedOnPage: instance.deferredDecision === undefined ? undefined : true,
});

export const queryUserActions = async (
  ports: Ports,
  userId: string,
  query: { readonly from?: number; readonly codes?: readonly string[]; readonly state?: State; readonly limit: number },
): Promise<readonly Record<string, unknown>[]> => {
  const now = ports.clock.now();
  const of = (state: State | undefined) =>
    ports.store.instances({ userId, actions: query.codes, state, from: query.from, order: 'newest', limit: query.limit });
  // a challenge that lapsed is kept as owed and reads as failed
  const found =
    query.state === 'CHALLENGE_FAILED' ? [...(await of('CHALLENGE_FAILED')), ...(await of('CHALLENGE_REQUIRED'))] : await of(query.state);
  return found
    .filter((instance) => query.state === undefined || presentState(instance, now).state === query.state)
    .sort((a, b) => b.createdAt - a.createdAt || (a.instanceId < b.instanceId ? 1 : -1))
    .slice(0, query.limit)
    .map((instance) => actionLine(instance, now));
};

/** The decision criterion by criterion, as it was stored: no code, token, secret or key is in it. */
export const explain = async (ports: Ports, ref: InstanceRef): Promise<Record<string, unknown>> => {
  const instance = existing(await ports.store.instance(ref));
  const set = await ports.policies.current();
  const { action, decision, deferredDecision } = instance;
  const of = async (one: Decision) => explained(set, await frozenPolicy(ports, set, action, one), one);
  return {
    ...(await of(decision)),
    deferredDecision: deferredDecision && flat(await of(deferredDecision)),
    failureReason: presentState(instance, ports.clock.now()).failureReason,
    origin: instance.origin,
    timeline: instance.timeline.map((entry) => ({ ...entry, at: iso(entry.at) })),
  };
};

type Explained = Record<string, unknown> & { readonly decision: Record<string, unknown> };

/** A decision and what explains it, as one object. */
const flat = ({ decision, ...rest }: Explained): Record<string, unknown> => ({ ...decision, ...rest });

/** A decision in the wire's shape. */
export const explained = (set: PolicySet, policy: Policy | undefined, decision: Decision): Explained => {
  const signals = recordedOf(decision.signals);
  return {
    decision: {
      outcome: decision.outcome,
      decidedBy: decision.decidedBy,
      ruleId: decision.ruleId,
      recommendation: decision.recommendation,
      policyVersion: decision.policyVersion,
      decidedAt: iso(decision.decidedAt),
    },
    rules: explainRules(policy?.rules ?? [], unpackTrace(decision.trace, policy?.rules ?? []), signals, environmentOf(set)),
    signals,
    previewMatches: decision.previewMatches,
    previewWinner: decision.previewWinner,
    degraded: decision.degraded,
    ignored: decision.ignored,
    versions: decision.versions,
  };
};
