import type { TriggerEvent } from './event.ts';
import { membersOf } from './values.ts';

/** What is told in tokens. Names of Cognito's own cannot be set, so these have one of ours. */
export type Told = {
  readonly acr?: string | undefined;
  /** When it was proven, in Unix seconds. */
  readonly time?: number | undefined;
  /** Let in without a decision, or nothing could be found out. */
  readonly degraded?: boolean;
};

/** In access tokens of one who proved two factors. */
const scope = 'stepward/aal2';
const hasScope = ({ acr }: Told): boolean => acr === 'urn:stepward:aal2' || acr === 'urn:stepward:aal3';

const claimsOf = ({ acr, time, degraded }: Told): Record<string, string | number | boolean> => ({
  ...(acr !== undefined && { stepward_acr: acr }),
  ...(time !== undefined && { stepward_time: time }),
  ...(degraded && { stepward_degraded: true }),
});

/** Groups that are not repeated are taken from the user. What another function answered before stands. */
const groupsOf = ({ request }: TriggerEvent, details: Readonly<Record<string, unknown>>): unknown =>
  details.groupOverrideDetails ?? request.groupConfiguration ?? undefined;

const adding = (generation: unknown, claims: object): Record<string, unknown> => {
  const before = membersOf(generation);
  return { ...before, claimsToAddOrOverride: { ...membersOf(before.claimsToAddOrOverride), ...claims } };
};

const strings = (value: unknown): readonly string[] => (Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []);

/** Version 1: claims of the ID token, all texts. */
const firstVersion = (event: TriggerEvent, told: Told): unknown => {
  const details = membersOf(membersOf(event.response).claimsOverrideDetails);
  const texts = Object.fromEntries(Object.entries(claimsOf(told)).map(([name, value]) => [name, String(value)]));
  return { claimsOverrideDetails: { ...adding(details, texts), groupOverrideDetails: groupsOf(event, details) } };
};

/** Versions 2 and 3: both tokens, and the scope, which nobody has by asking for it. */
const secondVersion = (event: TriggerEvent, told: Told, scopes: boolean): unknown => {
  const details = membersOf(membersOf(event.response).claimsAndScopeOverrideDetails);
  const access = adding(details.accessTokenGeneration, claimsOf(told));
  const list = hasScope(told) ? 'scopesToAdd' : 'scopesToSuppress';
  return {
    claimsAndScopeOverrideDetails: {
      ...details,
      idTokenGeneration: adding(details.idTokenGeneration, claimsOf(told)),
      accessTokenGeneration: scopes ? { ...access, [list]: [...new Set([...strings(access[list]), scope])] } : access,
      groupOverrideDetails: groupsOf(event, details),
    },
  };
};

/**
 * The answer to PreTokenGeneration, in the shape of the event's version.
 *
 * @param scopes whether the scope of access tokens is ours to give and to take
 */
export const tokenResponse = (event: TriggerEvent, told: Told, scopes: boolean): unknown =>
  event.version === '2' || event.version === '3' ? secondVersion(event, told, scopes) : firstVersion(event, told);
