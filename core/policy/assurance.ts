import type { Assurance } from '../action.ts';
import { amrFactor } from './amr.ts';
import { methodFacts, type ProofMethod, type VerificationMethod } from './methods.ts';

/** Authentication context class references, weakest first; `phr` is independent of the level. */
export const acrValues = ['urn:stepward:aal1', 'urn:stepward:aal2', 'urn:stepward:aal3', 'phr', 'phrh'] as const;
export type Acr = (typeof acrValues)[number];

/** A client says the names: looked up where `constructor` and `__proto__` are names like any other. */
const named: ReadonlyMap<string, Acr> = new Map([
  ...acrValues.map((acr) => [acr, acr] as const),
  // OpenID PAPE 1.0, multi-factor
  ['http://schemas.openid.net/pape/policies/2007/06/multi-factor', 'urn:stepward:aal2'],
]);
const minimum: Readonly<Record<Assurance, Acr>> = {
  aal1: 'urn:stepward:aal1',
  aal2: 'urn:stepward:aal2',
  aal3: 'urn:stepward:aal3',
  phr: 'phr',
};
const levels = { aal1: 1, aal2: 2 } as const;

/** The requested values that are known, in the order of preference; empty: none was requested. */
export const knownAcrs = (requested: readonly string[] = []): readonly Acr[] => requested.flatMap((value) => named.get(value) ?? []);

/** What each value includes: the levels are in order, and so are the two of phishing resistance, apart from each other. */
const included: ReadonlyMap<string, readonly Acr[]> = new Map<Acr, readonly Acr[]>([
  ['urn:stepward:aal1', ['urn:stepward:aal1']],
  ['urn:stepward:aal2', ['urn:stepward:aal1', 'urn:stepward:aal2']],
  ['urn:stepward:aal3', ['urn:stepward:aal1', 'urn:stepward:aal2', 'urn:stepward:aal3']],
  ['phr', ['phr']],
  ['phrh', ['phr', 'phrh']],
]);

/** Whether a token's `acr` meets a requested value. A value that is not among ours is met by itself alone. */
export const acrMeets = (acr: string, requested: string): boolean =>
  acr === requested || knownAcrs([requested]).some((wanted) => included.get(acr)?.includes(wanted) === true);

/** Whether a proof by this method reaches `acr`. Nothing here reaches aal3 or phrh: both need attestation. */
export const methodReaches = (method: VerificationMethod, acr: Acr): boolean => {
  const facts = methodFacts[method];
  if (acr === 'phr') return facts.phishingResistant;
  if (acr === 'phrh' || acr === 'urn:stepward:aal3') return false;
  return levels[facts.assurance] >= (acr === 'urn:stepward:aal2' ? 2 : 1);
};

/** The acr of a proof: the first requested one that it meets, else the highest level it reaches. */
export const acrOf = (method: VerificationMethod, requested: readonly string[] = []): Acr =>
  knownAcrs(requested).find((acr) => methodReaches(method, acr)) ??
  (methodFacts[method].assurance === 'aal2' ? 'urn:stepward:aal2' : 'urn:stepward:aal1');

/** Whether a method suffices for an instance: the action's minimum, and one of the acr values that were requested. */
export const methodSuffices = (method: VerificationMethod, minimumAssurance: Assurance, requested: readonly string[] = []): boolean => {
  const known = knownAcrs(requested);
  return methodReaches(method, minimum[minimumAssurance]) && (known.length === 0 || known.some((acr) => methodReaches(method, acr)));
};

/** How strong a method is, for the choice of a user's strongest. */
export const methodRank = (method: VerificationMethod): number =>
  levels[methodFacts[method].assurance] * 2 + (methodFacts[method].phishingResistant ? 1 : 0);

/** RFC 8176 values of a proof: the method's own, `mfa` with a different factor of the host's, `rba` where risk decided. */
export const amrOf = (
  method: ProofMethod,
  own: readonly string[] | undefined,
  hostAmr: readonly string[],
  usedRisk: boolean,
): readonly string[] => {
  const values = new Set<string>(own ?? (method === 'DEVICE' ? [] : methodFacts[method].amr));
  if (values.size > 0 && hostAmr.some((value) => amrFactor(value) === 'know')) values.add('mfa');
  if (usedRisk) values.add('rba');
  return [...values];
};
