import { canonicalJson } from '../canonical.ts';
import { StepwardError } from '../errors.ts';
import { type Auth0Tenant, auth0SecretContext, auth0SecretProblems, auth0TenantProblems } from '../hosts/auth0-tenant.ts';
import { refuseProblems, takenDomains } from '../hosts/problems.ts';
import type { PolicySet } from '../policy/policies.ts';
import { checkVersion, type IfMatch } from './policy-change.ts';
import type { ManagementPorts } from './ports.ts';

const most = 100;

/** What a caller says of a tenant; absent leaves as it is. Each list is the whole list. */
export type Auth0TenantInput = {
  /** `null`: its id. */
  readonly name?: string | null;
  readonly domains?: readonly string[];
  /** The first signs, all verify. */
  readonly secrets?: readonly string[];
};

export type Auth0TenantAnswer = Omit<Auth0Tenant, 'sealedSecrets' | 'createdAt'> & {
  readonly secretCount: number;
  readonly createdAt: string;
};

const shown = ({ sealedSecrets, createdAt, ...tenant }: Auth0Tenant): Auth0TenantAnswer => ({
  ...tenant,
  secretCount: sealedSecrets.length,
  createdAt: new Date(createdAt).toISOString(),
});

const tenantOf = (set: PolicySet, id: string): Auth0Tenant => {
  const tenant = set.auth0Tenants.get(id);
  if (!tenant) throw new StepwardError('not_found', `no Auth0 tenant \`${id}\``);
  return tenant;
};

const checkMatch = (seen: Auth0Tenant, ifMatch: IfMatch): void => checkVersion('tenant', seen, ifMatch);

/** What is kept of the secrets, sealed anew only where they are others: the same twice is no change. */
const sealedSecrets = ({ secrets }: ManagementPorts, { id, sealedSecrets: kept }: Auth0Tenant, given: readonly string[]) => {
  const context = auth0SecretContext(id);
  return given.map((text) => kept.find((sealed) => secrets.equal(secrets.open(context, sealed), text)) ?? secrets.seal(context, text));
};

const withInput = (ports: ManagementPorts, before: Auth0Tenant, { name, domains, secrets }: Auth0TenantInput): Auth0Tenant => ({
  ...before,
  ...(name !== undefined && { name: name ?? before.id }),
  ...(domains !== undefined && { domains }),
  ...(secrets !== undefined && { sealedSecrets: sealedSecrets(ports, before, secrets) }),
});

const checkWhole = (ports: ManagementPorts, set: PolicySet, tenant: Auth0Tenant, { secrets = [] }: Auth0TenantInput): void =>
  refuseProblems([
    ...auth0SecretProblems(secrets),
    ...auth0TenantProblems(tenant, ports.anyLoopbackRedirect),
    ...takenDomains('tenant', tenant, set.auth0Tenants.values()),
  ]);

/** Every tenant by its id, without its secrets. */
export const listAuth0Tenants = async ({ policies }: ManagementPorts): Promise<readonly Auth0TenantAnswer[]> =>
  [...(await policies.fresh()).auth0Tenants.values()].toSorted((left, right) => (left.id < right.id ? -1 : 1)).map(shown);

export const getAuth0Tenant = async ({ policies }: ManagementPorts, id: string): Promise<Auth0TenantAnswer> =>
  shown(tenantOf(await policies.fresh(), id));

/**
 * Adds an Auth0 tenant: what its Action sends here is taken, and browsers go back to it.
 *
 * @throws StepwardError `already_exists`, `invalid_configuration`.
 */
export const createAuth0Tenant = (
  ports: ManagementPorts,
  actor: string,
  { id = ports.uuid(), ...input }: Auth0TenantInput & { readonly id?: string },
): Promise<Auth0TenantAnswer> => {
  const base: Auth0Tenant = { id, name: id, domains: [], sealedSecrets: [], version: 1, createdAt: ports.now() };
  const tenant = withInput(ports, base, input);
  return ports.policies.change((set) => {
    if (set.auth0Tenants.has(id)) throw new StepwardError('already_exists', `the tenant \`${id}\` exists: change it with PATCH`);
    if (set.auth0Tenants.size >= most) throw new StepwardError('invalid_configuration', `there may be ${most} Auth0 tenants at most`);
    checkWhole(ports, set, tenant, input);
    return {
      put: [{ kind: 'auth0-tenant', id, body: tenant }],
      audit: [{ actor, what: 'auth0-tenant.created', subject: id, detail: { after: shown(tenant) } }],
      answer: shown(tenant),
    };
  });
};

/**
 * Changes what is named; what changes nothing makes no version.
 *
 * @throws StepwardError `not_found`, `precondition_failed`, `invalid_configuration`.
 */
export const updateAuth0Tenant = (
  ports: ManagementPorts,
  actor: string,
  id: string,
  input: Auth0TenantInput,
  ifMatch: IfMatch,
): Promise<Auth0TenantAnswer> =>
  ports.policies.change((set) => {
    const before = tenantOf(set, id);
    checkMatch(before, ifMatch);
    const next = withInput(ports, before, input);
    checkWhole(ports, set, next, input);
    if (canonicalJson(before) === canonicalJson(next)) return { answer: shown(before) };
    const after: Auth0Tenant = { ...next, version: before.version + 1 };
    const secretsChanged = canonicalJson(before.sealedSecrets) !== canonicalJson(after.sealedSecrets);
    const detail = { before: shown(before), after: shown(after), ...(secretsChanged && { secretsChanged: true }) };
    return {
      put: [{ kind: 'auth0-tenant', id, body: after }],
      audit: [{ actor, what: 'auth0-tenant.updated', subject: id, detail }],
      answer: shown(after),
    };
  });

/**
 * Removes a tenant. A visit that it has begun goes back to it no more.
 *
 * @throws StepwardError `not_found`, `precondition_failed`.
 */
export const deleteAuth0Tenant = (ports: ManagementPorts, actor: string, id: string, ifMatch: IfMatch): Promise<void> =>
  ports.policies.change((set) => {
    const before = tenantOf(set, id);
    checkMatch(before, ifMatch);
    return {
      remove: [{ kind: 'auth0-tenant', id }],
      audit: [{ actor, what: 'auth0-tenant.deleted', subject: id, detail: { before: shown(before) } }],
      answer: undefined,
    };
  });
