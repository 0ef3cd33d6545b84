import { canonicalJson } from '../../../core/canonical.ts';
import { publicKey } from '../../../core/hosts/key-problems.ts';
import { mailDomain } from '../../../core/hosts/upstream-problems.ts';
import { oidcClientDefaults, oidcUpstreamDefaults } from '../../../core/index.ts';
import { segment } from '../../client/transport.ts';
import { auth0Fields, clientFields, type HostsFile, upstreamFields } from './file.ts';
import type { Present } from './present.ts';

type Fields = Readonly<Record<string, unknown>>;

/** One field and what becomes of it; `undefined`: it is not there. */
export type FieldChange = { readonly field: string; readonly from: unknown; readonly to: unknown };

/** One call of the management API. */
export type Step = {
  readonly kind: 'create' | 'change' | 'remove';
  /** `client portal`, as it is told. */
  readonly what: string;
  /** Of the entry in the file. */
  readonly pointer?: string;
  readonly method: 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: Fields;
  readonly version?: number;
  readonly fields: readonly FieldChange[];
  /** The variables with the secrets that go along: whether they are others only the server can tell. */
  readonly secrets?: StepSecrets;
};

/** Which member of the entry names the variables, and where in the body their values go: one value, or a list. */
export type StepSecrets = { readonly entry: string; readonly envs: readonly string[]; readonly field: string; readonly isList: boolean };

type Kind = {
  readonly word: string;
  readonly list: 'upstreams' | 'clients' | 'auth0Tenants';
  readonly path: string;
  readonly id: string;
  readonly fields: readonly string[];
  readonly defaults: Fields;
  readonly secrets: Omit<StepSecrets, 'envs'>;
};

const clientSecret = { entry: 'clientSecretEnv', field: 'clientSecret', isList: false } as const;

const kinds = {
  upstream: {
    word: 'upstream',
    list: 'upstreams',
    path: '/oidc-upstreams',
    id: 'id',
    fields: upstreamFields,
    defaults: oidcUpstreamDefaults,
    secrets: clientSecret,
  },
  client: {
    word: 'client',
    list: 'clients',
    path: '/oidc-clients',
    id: 'clientId',
    fields: clientFields,
    defaults: { ...oidcClientDefaults, authMethod: 'client_secret_basic' },
    secrets: clientSecret,
  },
  tenant: {
    word: 'Auth0 tenant',
    list: 'auth0Tenants',
    path: '/auth0-tenants',
    id: 'id',
    fields: auth0Fields,
    defaults: {},
    secrets: { entry: 'secretEnvs', field: 'secrets', isList: true },
  },
} as const satisfies Record<string, Kind>;

/** A value as the server keeps it, so that what only looks different is no change. */
const asKept = ({ list }: Kind, field: string, value: unknown): unknown => {
  if (field === 'domains' && list === 'upstreams') return (value as readonly string[]).map(mailDomain);
  if (field === 'jwks') return { keys: (value as { keys: readonly Fields[] }).keys.map(publicKey) };
  return value;
};

const wanted = (kind: Kind, entry: Fields, field: string): unknown => {
  const value = entry[field];
  if (value !== undefined && value !== null) return asKept(kind, field, value);
  return field === 'name' ? entry[kind.id] : kind.defaults[field];
};

const differs = (left: unknown, right: unknown): boolean => canonicalJson(left ?? null) !== canonicalJson(right ?? null);

const changesOf = (kind: Kind, entry: Fields, before: Fields): readonly FieldChange[] =>
  kind.fields.map((field) => ({ field, from: before[field], to: wanted(kind, entry, field) })).filter(({ from, to }) => differs(from, to));

const pathOf = (kind: Kind, id: unknown): string => `${kind.path}/${segment(kind.id, String(id))}`;

const stepsFor = (kind: Kind, entries: readonly Fields[], present: readonly Fields[]): readonly Step[] =>
  entries.flatMap((entry, index): readonly Step[] => {
    const { [kind.secrets.entry]: named, ...fields } = entry;
    const before = present.find((one) => one[kind.id] === entry[kind.id]);
    const told = { what: `${kind.word} ${entry[kind.id]}`, pointer: `/${kind.list}/${index}` };
    const secret = named !== undefined && {
      secrets: { ...kind.secrets, envs: (Array.isArray(named) ? named : [named]) as readonly string[] },
    };
    if (!before) return [{ ...told, kind: 'create', method: 'POST', path: kind.path, body: fields, fields: [], ...secret }];
    const changes = changesOf(kind, entry, before);
    if (changes.length === 0 && !secret) return [];
    const body = Object.fromEntries(changes.map(({ field }) => [field, entry[field] ?? null]));
    const path = pathOf(kind, entry[kind.id]);
    return [{ ...told, kind: 'change', method: 'PATCH', path, body, version: Number(before.version), fields: changes, ...secret }];
  });

const surplus = (kind: Kind, entries: readonly Fields[], present: readonly Fields[]): readonly Step[] =>
  present
    .filter((one) => !entries.some((entry) => entry[kind.id] === one[kind.id]))
    .map((one) => ({
      kind: 'remove',
      what: `${kind.word} ${one[kind.id]}`,
      method: 'DELETE',
      path: pathOf(kind, one[kind.id]),
      version: Number(one.version),
      fields: [],
    }));

export type Plan = {
  readonly steps: readonly Step[];
  /** On the server alone, in the order in which they can be removed. */
  readonly surplus: readonly Step[];
};

const domainsOf = (value: unknown): readonly string[] => (Array.isArray(value) ? value : []);

/** Whether it takes a domain that another of its kind may have to give up first. */
const takesDomain = ({ kind, body, fields }: Step): boolean => {
  const change = fields.find(({ field }) => field === 'domains');
  const had = domainsOf(change?.from);
  return domainsOf(kind === 'create' ? body?.domains : change?.to).some((domain) => !had.includes(domain));
};

const givingFirst = (steps: readonly Step[]): readonly Step[] =>
  steps.toSorted((left, right) => Number(takesDomain(left)) - Number(takesDomain(right)));

/** What makes the server as the file says: upstreams before the clients that name them, removals in the reverse order. */
export const planHosts = ({ upstreams, clients, auth0Tenants }: HostsFile, present: Present): Plan => ({
  steps: [
    ...givingFirst(stepsFor(kinds.upstream, upstreams, present.upstreams)),
    ...stepsFor(kinds.client, clients, present.clients),
    ...givingFirst(stepsFor(kinds.tenant, auth0Tenants, present.auth0Tenants)),
  ],
  surplus: [
    ...surplus(kinds.tenant, auth0Tenants, present.auth0Tenants),
    ...surplus(kinds.client, clients, present.clients),
    ...surplus(kinds.upstream, upstreams, present.upstreams),
  ],
});
