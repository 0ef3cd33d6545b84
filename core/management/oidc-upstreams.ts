import { canonicalJson } from '../canonical.ts';
import { StepwardError } from '../errors.ts';
import { type OidcUpstream, oidcUpstreamDefaults, upstreamSecretContext } from '../hosts/oidc-upstream.ts';
import { type Problem, problem, refuseProblems, takenDomains } from '../hosts/problems.ts';
import { mailDomain, upstreamProblems } from '../hosts/upstream-problems.ts';
import type { PolicySet } from '../policy/policies.ts';
import { said } from './compact.ts';
import { checkVersion, type IfMatch } from './policy-change.ts';
import type { ManagementPorts } from './ports.ts';
import { uncalled } from './uncalled.ts';

const most = 200;

type Kept = Omit<OidcUpstream, 'id' | 'issuer' | 'clientId' | 'sealedClientSecret' | 'version' | 'createdAt'>;

/** What a caller says of an upstream; `null` goes back to the default, and takes the secret away; absent leaves as it is. */
export type OidcUpstreamInput = { readonly [K in keyof Kept]?: Kept[K] | null } & {
  readonly issuer?: string;
  /** Ours, as the upstream registered us. */
  readonly clientId?: string;
  readonly clientSecret?: string | null;
};

export type OidcUpstreamAnswer = Omit<OidcUpstream, 'sealedClientSecret' | 'createdAt'> & {
  readonly hasClientSecret: boolean;
  readonly createdAt: string;
};

const shown = ({ sealedClientSecret, createdAt, ...upstream }: OidcUpstream): OidcUpstreamAnswer => ({
  ...upstream,
  hasClientSecret: sealedClientSecret !== undefined,
  createdAt: new Date(createdAt).toISOString(),
});

const upstreamOf = (set: PolicySet, id: string): OidcUpstream => {
  const upstream = set.oidcUpstreams.get(id);
  if (!upstream) throw new StepwardError('not_found', `no OIDC upstream \`${id}\``);
  return upstream;
};

const checkMatch = (seen: OidcUpstream, ifMatch: IfMatch): void => checkVersion('upstream', seen, ifMatch);

/** What is kept of the secret, sealed anew only where it is another one: the same twice is no change. */
const sealedSecret = ({ secrets }: ManagementPorts, before: OidcUpstream, { authMethod, clientSecret: given }: OidcUpstreamInput) => {
  const { id, sealedClientSecret: sealed } = before;
  if (given === undefined) return authMethod === 'none' ? undefined : sealed;
  if (given === null) return undefined;
  const context = upstreamSecretContext(id);
  return sealed !== undefined && secrets.equal(secrets.open(context, sealed), given) ? sealed : secrets.seal(context, given);
};

const withInput = (ports: ManagementPorts, before: OidcUpstream, input: OidcUpstreamInput): OidcUpstream => {
  const defaults: Readonly<Record<string, unknown>> = { ...oidcUpstreamDefaults, name: before.id };
  const { clientSecret: _, ...open } = said(input);
  const { sealedClientSecret: __, ...kept } = before;
  const after: OidcUpstream = {
    ...kept,
    ...Object.fromEntries(Object.entries(open).map(([field, value]) => [field, value ?? defaults[field]])),
  };
  const sealed = sealedSecret(ports, before, input);
  return { ...after, domains: after.domains.map(mailDomain), ...(sealed !== undefined && { sealedClientSecret: sealed }) };
};

/** A secret that nobody can read must not go where another issuer says: who only may change settings would have it sent to himself. */
const movedSecret = (
  before: OidcUpstream,
  { issuer, sealedClientSecret }: OidcUpstream,
  given: string | null | undefined,
): readonly Problem[] =>
  problem(
    '/clientSecret',
    given === undefined && sealedClientSecret !== undefined && issuer !== before.issuer && 'must be given again with another `issuer`',
  );

const checkWhole = (ports: ManagementPorts, set: PolicySet, upstream: OidcUpstream): void =>
  refuseProblems([
    ...upstreamProblems(upstream),
    ...uncalled(ports, '/issuer', upstream.issuer),
    ...takenDomains('upstream', upstream, set.oidcUpstreams.values()),
  ]);

/** Every upstream by its id, without its secret. */
export const listOidcUpstreams = async ({ policies }: ManagementPorts): Promise<readonly OidcUpstreamAnswer[]> =>
  [...(await policies.fresh()).oidcUpstreams.values()].toSorted((left, right) => (left.id < right.id ? -1 : 1)).map(shown);

export const getOidcUpstream = async ({ policies }: ManagementPorts, id: string): Promise<OidcUpstreamAnswer> =>
  shown(upstreamOf(await policies.fresh(), id));

/**
 * Adds an OpenID provider that signs people in.
 *
 * @throws StepwardError `already_exists`, `invalid_configuration`.
 */
export const createOidcUpstream = (
  ports: ManagementPorts,
  actor: string,
  { id = ports.uuid(), ...input }: OidcUpstreamInput & { readonly id?: string; readonly issuer: string; readonly clientId: string },
): Promise<OidcUpstreamAnswer> => {
  const { issuer, clientId } = input;
  const base: OidcUpstream = { ...oidcUpstreamDefaults, id, name: id, issuer, clientId, version: 1, createdAt: ports.now() };
  const upstream = withInput(ports, base, input);
  return ports.policies.change((set) => {
    if (set.oidcUpstreams.has(id)) throw new StepwardError('already_exists', `the upstream \`${id}\` exists: change it with PATCH`);
    if (set.oidcUpstreams.size >= most) throw new StepwardError('invalid_configuration', `there may be ${most} OIDC upstreams at most`);
    checkWhole(ports, set, upstream);
    return {
      put: [{ kind: 'oidc-upstream', id, body: upstream }],
      audit: [{ actor, what: 'oidc-upstream.created', subject: id, detail: { after: shown(upstream) } }],
      answer: shown(upstream),
    };
  });
};

/**
 * Changes what is named; what changes nothing makes no version. Another `issuer` makes every user another one.
 *
 * @throws StepwardError `not_found`, `precondition_failed`, `invalid_configuration`.
 */
export const updateOidcUpstream = (
  ports: ManagementPorts,
  actor: string,
  id: string,
  input: OidcUpstreamInput,
  ifMatch: IfMatch,
): Promise<OidcUpstreamAnswer> =>
  ports.policies.change((set) => {
    const before = upstreamOf(set, id);
    checkMatch(before, ifMatch);
    const next = withInput(ports, before, input);
    refuseProblems(movedSecret(before, next, input.clientSecret));
    checkWhole(ports, set, next);
    if (canonicalJson(before) === canonicalJson(next)) return { answer: shown(before) };
    const after: OidcUpstream = { ...next, version: before.version + 1 };
    const { sealedClientSecret: was } = before;
    const { sealedClientSecret: is } = after;
    const secretChanged = was !== is;
    return {
      put: [{ kind: 'oidc-upstream', id, body: after }],
      audit: [
        {
          actor,
          what: 'oidc-upstream.updated',
          subject: id,
          detail: { before: shown(before), after: shown(after), ...(secretChanged && { secretChanged: true }) },
        },
      ],
      answer: shown(after),
    };
  });

const mostTold = 50;

/**
 * Removes an upstream that no client names.
 *
 * @throws StepwardError `not_found`, `precondition_failed`, `in_use`.
 */
export const deleteOidcUpstream = (ports: ManagementPorts, actor: string, id: string, ifMatch: IfMatch): Promise<void> =>
  ports.policies.change((set) => {
    const before = upstreamOf(set, id);
    checkMatch(before, ifMatch);
    const users = [...set.oidcClients.values()].filter(({ upstream }) => upstream === id).map(({ clientId }) => clientId);
    if (users.length > 0)
      throw new StepwardError('in_use', `the upstream \`${id}\` signs in the users of \`${users[0]}\`: change that client first`, {
        details: users.slice(0, mostTold).map((clientId) => ({ clientId })),
      });
    return {
      remove: [{ kind: 'oidc-upstream', id }],
      audit: [{ actor, what: 'oidc-upstream.deleted', subject: id, detail: { before: shown(before) } }],
      answer: undefined,
    };
  });
