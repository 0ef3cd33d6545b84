import type { Policy } from '../action.ts';
import { StepwardError } from '../errors.ts';
import type { Auth0Tenant } from '../hosts/auth0-tenant.ts';
import type { OidcClient } from '../hosts/oidc-client.ts';
import type { OidcUpstream } from '../hosts/oidc-upstream.ts';
import type { MessageOverrides } from '../messages/words.ts';
import type { AuditEntry, Document, Event, Store } from '../ports/store.ts';
import type { ValueListItem } from '../rules/value-list.ts';
import type { DataPoint } from '../signals/data-point.ts';
import { defaultTheme, type Theme } from '../theme/theme.ts';
import type { Webhook } from '../webhooks/webhook.ts';
import { type AuthenticatorConfiguration, defaultConfiguration, defaultTenant, type Tenant } from './defaults.ts';

export type ValueList = {
  readonly alias: string;
  readonly name: string;
  readonly itemType: 'string' | 'number';
  readonly valueListItems: readonly ValueListItem[];
  readonly isActive: boolean;
  readonly version: number;
  readonly createdAt: number;
};

/** A key made by the management API; only its keyed hash is kept. */
export type ApiKey = {
  readonly id: string;
  readonly name: string;
  readonly kind: 'server' | 'management';
  readonly hash: string;
  /** Absent: every action. */
  readonly actions?: readonly string[];
  readonly expiresAt?: number;
  readonly createdAt: number;
};

/** An application that sessions are opened for. */
export type AppClient = {
  readonly clientId: string;
  /** Told apart from one that was removed and made again under the same `clientId`: the sessions of that one stay dead. */
  readonly id: string;
  readonly name: string;
  readonly accessTokenSeconds: number;
  /** A session ends so long after it was opened, however often it is refreshed. */
  readonly refreshTokenSeconds: number;
  readonly version: number;
  readonly createdAt: number;
};

/** Everything that operators have set, as of one revision. Immutable. */
export type PolicySet = {
  readonly revision: number;
  readonly tenant: Tenant;
  readonly messageOverrides: MessageOverrides;
  readonly theme: Theme;
  /** Raised when a backup is restored; what carries an older one is dead. */
  readonly epoch: number;
  readonly actions: ReadonlyMap<string, Policy>;
  readonly lists: ReadonlyMap<string, ValueList>;
  readonly dataPoints: ReadonlyMap<string, DataPoint>;
  readonly authenticatorConfigurations: ReadonlyMap<string, AuthenticatorConfiguration>;
  readonly apiKeys: ReadonlyMap<string, ApiKey>;
  readonly webhooks: ReadonlyMap<string, Webhook>;
  readonly appClients: ReadonlyMap<string, AppClient>;
  readonly oidcClients: ReadonlyMap<string, OidcClient>;
  readonly oidcUpstreams: ReadonlyMap<string, OidcUpstream>;
  readonly auth0Tenants: ReadonlyMap<string, Auth0Tenant>;
  /** Documents of other kinds (signing keys), by `kind/id`. */
  readonly others: ReadonlyMap<string, unknown>;
};

/** The document kinds and the map each fills. */
const kinds = {
  action: 'actions',
  list: 'lists',
  'data-point': 'dataPoints',
  'authenticator-configuration': 'authenticatorConfigurations',
  'api-key': 'apiKeys',
  webhook: 'webhooks',
  'app-client': 'appClients',
  'oidc-client': 'oidcClients',
  'oidc-upstream': 'oidcUpstreams',
  'auth0-tenant': 'auth0Tenants',
} as const;
export type DocumentKind =
  | keyof typeof kinds
  | 'tenant'
  | 'message-overrides'
  | 'theme'
  | 'epoch'
  | 'signing-key'
  | 'oidc-key'
  | 'oidc-subject-salt';

/** A change of the settings: what is written, and what the caller hears. */
export type PolicyChange<T> = {
  readonly put?: readonly { readonly kind: DocumentKind; readonly id: string; readonly body: unknown }[];
  readonly remove?: readonly { readonly kind: DocumentKind; readonly id: string }[];
  readonly audit?: readonly Omit<AuditEntry, 'id' | 'at'>[];
  readonly events?: readonly Event[];
  readonly answer: T;
};

/** The settings in memory, never older than what a transaction sees: it compares revisions. */
export interface Policies {
  /** What this node knows; loads it the first time. */
  current(): Promise<PolicySet>;
  /** At least as new as everything committed before the call. */
  fresh(): Promise<PolicySet>;
  /** Compare-and-swap: `decide` may run again on a newer set. An action's put also freezes its version. */
  change<T>(decide: (set: PolicySet) => PolicyChange<T>): Promise<T>;
  /** The action's policy; one with default settings is created where there is none. */
  ensure(action: string): Promise<PolicySet>;
}

const empty: PolicySet = {
  revision: 0,
  tenant: defaultTenant,
  messageOverrides: {},
  theme: defaultTheme,
  epoch: 0,
  actions: new Map(),
  lists: new Map(),
  dataPoints: new Map(),
  authenticatorConfigurations: new Map(),
  apiKeys: new Map(),
  webhooks: new Map(),
  appClients: new Map(),
  oidcClients: new Map(),
  oidcUpstreams: new Map(),
  auth0Tenants: new Map(),
  others: new Map(),
};

const applied = (set: PolicySet, revision: number, documents: readonly Document[]): PolicySet => {
  const maps: Record<string, Map<string, unknown>> = { others: new Map(set.others) };
  for (const name of Object.values(kinds)) maps[name] = new Map<string, unknown>(set[name]);
  let { tenant, messageOverrides, theme, epoch } = set;
  for (const { kind, id, body, deleted } of documents) {
    if (kind === 'tenant') tenant = { ...defaultTenant, ...(body as Partial<Tenant>) };
    else if (kind === 'message-overrides') messageOverrides = body as MessageOverrides;
    else if (kind === 'theme') theme = { ...defaultTheme, ...(body as Partial<Theme>) };
    else if (kind === 'epoch') epoch = (body as { epoch: number }).epoch;
    else {
      const name = kinds[kind as keyof typeof kinds];
      const map = maps[name ?? 'others'];
      const key = name ? id : `${kind}/${id}`;
      if (deleted) map?.delete(key);
      else map?.set(key, body);
    }
  }
  return { ...set, ...maps, revision, tenant, messageOverrides, theme, epoch } as PolicySet;
};

/** How often a compare-and-swap is tried before the caller hears `unavailable`. */
const attempts = 20;

export const createPolicies = (ports: { readonly store: Store; readonly now: () => number; readonly uuid: () => string }): Policies => {
  let cached: PolicySet | undefined;
  let loading: Promise<PolicySet> | undefined;

  const load = async (): Promise<PolicySet> => {
    if (cached && (await ports.store.revision()) === cached.revision) return cached;
    const base = cached ?? empty;
    const { revision, documents } = await ports.store.documentsSince(base.revision);
    const next = documents.length === 0 && cached ? { ...base, revision } : applied(base, revision, documents);
    if (!cached || next.revision > cached.revision) cached = next;
    return cached;
  };

  const fresh = async (): Promise<PolicySet> => {
    // a load that began before this call may have read before the change that this caller must see
    if (loading) await loading.catch(() => undefined);
    loading ??= load().finally(() => {
      loading = undefined;
    });
    return loading;
  };

  const change = async <T>(decide: (set: PolicySet) => PolicyChange<T>): Promise<T> => {
    for (let attempt = 0; attempt < attempts; attempt++) {
      const set = await fresh();
      const { put = [], remove = [], audit = [], events = [], answer } = decide(set);
      if (put.length + remove.length === 0) return answer;
      const at = ports.now();
      const versions = put
        .filter(({ kind }) => kind === 'action')
        .map(({ id, body }) => ({ action: id, version: (body as Policy).version, at, body }));
      const changed: readonly Event[] = versions.map(({ action, version }) => ({
        type: 'policy.changed',
        at,
        data: { action, version, by: audit[0]?.actor },
      }));
      const result = await ports.store.commitDocuments({
        expectedRevision: set.revision,
        put,
        remove,
        versions,
        events: [...events, ...changed],
        audit: audit.map((entry) => ({ ...entry, id: ports.uuid(), at })),
      });
      if (result === 'committed') {
        await fresh();
        return answer;
      }
    }
    throw new StepwardError('unavailable', 'the settings are being changed by others, try again', { retryAfter: 1 });
  };

  return {
    current: async () => cached ?? fresh(),
    fresh,
    change,
    ensure: async (action) => {
      const set = cached ?? (await fresh());
      if (set.actions.has(action)) return set;
      // an action that was deleted goes on with its version numbers: a frozen version is never written again
      const [latest] = await ports.store.policyVersions(action);
      await change((now) => {
        if (now.actions.has(action)) return { answer: undefined };
        const configuration = defaultConfiguration(action, now.tenant.defaultOutcome, ports.now());
        const body: Policy = { version: (latest?.version ?? 0) + 1, configuration, rules: [] };
        return {
          put: [{ kind: 'action', id: action, body }],
          audit: [{ actor: 'track', what: 'action.configured', subject: action }],
          answer: undefined,
        };
      });
      return cached ?? fresh();
    },
  };
};
