import { type Admin, createAdmin } from './admin.ts';
import { type FlowNode, type Imported, imported } from './flows.ts';

/** An application of the realm; `flow` and `direct` name the flows that it uses in place of the realm's own. */
export type ClientSettings = {
  readonly clientId: string;
  readonly flow?: string;
  readonly direct?: string;
  readonly more?: Readonly<Record<string, unknown>>;
};

export type UserSettings = Readonly<Record<string, unknown>> & { readonly username: string };

export type RealmSettings = {
  readonly flows?: readonly FlowNode[];
  readonly clients?: readonly ClientSettings[];
  readonly users?: readonly UserSettings[];
  readonly more?: Readonly<Record<string, unknown>>;
};

/** A running server, as whoever administers it knows it. */
export type Server = { readonly url: string; readonly admin: { readonly username: string; readonly password: string } };

export type Realm = {
  readonly name: string;
  /** `http://localhost:PORT/realms/NAME`. */
  readonly url: string;
  readonly admin: Admin;
  /** Calls the admin API below this realm. */
  call: Admin['call'];
  get: Admin['get'];
  /** Events of this type, newest first. */
  events(type: string, about?: Readonly<Record<string, string>>): Promise<readonly KeycloakEvent[]>;
  userId(username: string): Promise<string>;
  end(): Promise<void>;
};

export type KeycloakEvent = {
  readonly type: string;
  readonly userId?: string;
  readonly error?: string;
  readonly details?: Readonly<Record<string, string>>;
};

/** Where every client of the tests comes back to; nobody listens there. */
export const callback = 'http://localhost:9/callback';
export const password = 'correct horse battery staple';

const clientOf = ({ clientId, flow, direct, more = {} }: ClientSettings) => ({
  clientId,
  publicClient: true,
  redirectUris: [callback],
  directAccessGrantsEnabled: true,
  standardFlowEnabled: true,
  fullScopeAllowed: true,
  authenticationFlowBindingOverrides: { ...(flow && { browser: flow }), ...(direct && { direct_grant: direct }) },
  ...more,
});

const userOf = ({ username, ...more }: UserSettings) => ({
  username,
  enabled: true,
  email: `${username}@example.org`,
  emailVerified: true,
  firstName: 'Ada',
  lastName: 'Lovelace',
  credentials: [{ type: 'password', value: password, temporary: false }],
  ...more,
});

let made = 0;

/** The flows that every realm has, as a realm import must name them beside its own. */
const builtIn = async (admin: Admin): Promise<Imported> => {
  const { body } = await admin.call('POST', '/master/partial-export?exportClients=false&exportGroupsAndRoles=false');
  const { authenticationFlows, authenticatorConfig } = body as Imported;
  const anonymous = ({ id: _, ...one }: Readonly<Record<string, unknown>>) => one;
  return { authenticationFlows: authenticationFlows.map(anonymous), authenticatorConfig: authenticatorConfig.map(anonymous) };
};

/** A realm of its own, with flows, clients and users. */
export const makeRealm = async (server: Server, { flows = [], clients = [], users = [], more = {} }: RealmSettings): Promise<Realm> => {
  const admin = createAdmin(server);
  made += 1;
  const name = `r${process.pid}-${made}`;
  const given = await builtIn(admin);
  const ours = imported(flows);
  const ids = new Map<string, string>();
  await admin.call('POST', '', {
    realm: name,
    enabled: true,
    sslRequired: 'none',
    // tests check passwords often and keep none
    passwordPolicy: 'hashAlgorithm(pbkdf2-sha256) and hashIterations(1)',
    eventsEnabled: true,
    eventsListeners: [],
    adminEventsEnabled: true,
    adminEventsDetailsEnabled: true,
    authenticationFlows: [...given.authenticationFlows, ...ours.authenticationFlows],
    authenticatorConfig: [...given.authenticatorConfig, ...ours.authenticatorConfig],
    users: users.map(userOf),
    ...more,
  });
  for (const { alias, id } of await admin.get<readonly { readonly alias: string; readonly id: string }[]>(`/${name}/authentication/flows`))
    ids.set(alias, id);
  for (const client of clients)
    await admin.call('POST', `/${name}/clients`, {
      ...clientOf({ ...client, flow: client.flow && ids.get(client.flow), direct: client.direct && ids.get(client.direct) }),
    });
  return {
    name,
    url: `${server.url}/realms/${name}`,
    admin,
    call: (method, path, body) => admin.call(method, `/${name}${path}`, body),
    get: (path) => admin.get(`/${name}${path}`),
    events: (type, about = {}) => admin.get(`/${name}/events?${new URLSearchParams({ type, max: '1000', ...about })}`),
    userId: async (username) => {
      const [found] = await admin.get<readonly { readonly id: string }[]>(
        `/${name}/users?${new URLSearchParams({ username, exact: 'true' })}`,
      );
      if (!found) throw new Error(`no user ${username}`);
      return found.id;
    },
    end: async () => void (await admin.call('DELETE', `/${name}`)),
  };
};
