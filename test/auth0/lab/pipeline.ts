import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { ActionEvent, ContinueRequest, Effects, Sandbox } from '../sandbox/index.ts';

/** Somebody that the tenant knows. It asks for no password: who signs in says which of them they are. */
export type TenantUser = {
  readonly email?: string;
  readonly email_verified?: boolean;
  readonly enrolledFactors?: readonly { readonly type: string }[];
} & Readonly<Record<string, unknown>>;

export type Method = { readonly name: string; readonly timestamp: string; readonly type?: string };

/** What ran, oldest first. */
export type Execution = { readonly leg: 'execute' | 'resume'; readonly event: ActionEvent; readonly effects: Effects };

/** Who signs in where, and how. */
export type Login = {
  readonly userId: string;
  readonly sessionUid: string;
  readonly clientId: string;
  readonly protocol: string;
  readonly prompt?: readonly string[];
  readonly query: Readonly<Record<string, unknown>>;
  readonly scopes: readonly string[];
  readonly request: IncomingMessage;
};

export type Pipeline = {
  readonly executions: readonly Execution[];
  /** The Action, from now on. */
  deploy(sandbox: Sandbox): void;
  begin(login: Login): Promise<{ readonly event: ActionEvent; readonly effects: Effects }>;
  resume(event: ActionEvent, sessionUid: string, continued: ContinueRequest): Promise<Effects>;
  /** What was proven in this session. */
  prove(sessionUid: string, method: Omit<Method, 'timestamp'>): void;
  enroll(userId: string, type: string): void;
};

/** Runs the Action at the places where a tenant does, and keeps what belongs to a session. */
export const createPipeline = (settings: {
  readonly users: Readonly<Record<string, TenantUser>>;
  /** By client. */
  readonly metadata: Readonly<Record<string, Readonly<Record<string, string>>>>;
}): Pipeline => {
  const proven = new Map<string, Method[]>();
  const enrolled = new Map<string, string[]>();
  const logins = new Map<string, number>();
  const executions: Execution[] = [];
  let deployed: Sandbox | undefined;
  const action = (): Sandbox => {
    if (!deployed) throw new Error('no Action is deployed');
    return deployed;
  };
  const factorsOf = (userId: string) => [
    ...(settings.users[userId]?.enrolledFactors ?? []),
    ...(enrolled.get(userId) ?? []).map((type) => ({ type })),
  ];
  const noted = (leg: Execution['leg'], event: ActionEvent, effects: Effects): Effects => {
    executions.push({ leg, event, effects });
    return effects;
  };

  const eventOf = ({ userId, sessionUid, clientId, protocol, prompt, query, scopes, request }: Login): ActionEvent => ({
    tenant: { id: 'lab' },
    user: { ...settings.users[userId], user_id: userId, enrolledFactors: factorsOf(userId) },
    client: { client_id: clientId, name: clientId, metadata: settings.metadata[clientId] ?? {} },
    connection: { id: 'con_lab', name: 'Username-Password-Authentication', strategy: 'auth0' },
    authentication: { methods: proven.get(sessionUid) ?? [] },
    authorization: { roles: [] },
    stats: { logins_count: logins.get(userId) ?? 1 },
    request: {
      hostname: request.headers.host ?? '',
      ip: request.socket.remoteAddress,
      user_agent: request.headers['user-agent'],
      language: request.headers['accept-language'],
      method: request.method,
      query,
      body: {},
    },
    transaction: {
      id: randomBytes(12).toString('hex'),
      protocol,
      requested_scopes: scopes,
      acr_values: [],
      metadata: {},
      ...(prompt && { prompt }),
    },
  });

  return {
    executions,
    deploy: (sandbox) => {
      deployed = sandbox;
    },
    begin: async (login) => {
      const event = eventOf(login);
      return { event, effects: noted('execute', event, await action().execute(event)) };
    },
    resume: async (event, sessionUid, continued) => {
      const fresh = { ...event, authentication: { methods: proven.get(sessionUid) ?? [] } };
      const effects = noted('resume', fresh, await action().resume(fresh, continued));
      const isIn = effects.denied === undefined && effects.error === undefined;
      const timestamp = new Date().toISOString();
      if (isIn)
        proven.set(sessionUid, [...(proven.get(sessionUid) ?? []), ...effects.recordedMethods.map((name) => ({ name, timestamp }))]);
      return effects;
    },
    prove: (sessionUid, method) => {
      const others = (proven.get(sessionUid) ?? []).filter(({ name }) => name !== method.name);
      proven.set(sessionUid, [...others, { ...method, timestamp: new Date().toISOString() }]);
    },
    enroll: (userId, type) => void enrolled.set(userId, [...(enrolled.get(userId) ?? []), type]),
  };
};
