import { defaultTenant, type Tenant } from '../policy/defaults.ts';
import { said } from './compact.ts';
import type { ManagementPorts } from './ports.ts';

/** What a caller says of the tenant. `null` clears, absent leaves as it is. */
export type TenantInput = { readonly [K in keyof Tenant]?: Tenant[K] | null };
export type TenantAnswer = Tenant & { readonly tenantId: string };

export const getTenant = async ({ policies, tenantId }: ManagementPorts): Promise<TenantAnswer> => ({
  tenantId,
  ...(await policies.fresh()).tenant,
});

/** Changes the tenant's settings; what is cleared goes back to its default. */
export const updateTenant = ({ policies, tenantId }: ManagementPorts, actor: string, input: TenantInput): Promise<TenantAnswer> =>
  policies.change(({ tenant: before }) => {
    const change = Object.fromEntries(
      Object.entries(said(input)).map(([key, value]) => [key, value ?? defaultTenant[key as keyof Tenant]]),
    );
    const after: Tenant = { ...before, ...change };
    return {
      put: [{ kind: 'tenant', id: 'tenant', body: after }],
      audit: [{ actor, what: 'tenant.updated', subject: tenantId, detail: { before, after } }],
      answer: { tenantId, ...after },
    };
  });
