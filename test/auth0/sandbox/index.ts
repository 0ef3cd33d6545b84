import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** What one execution of the Action came to. */
export type Effects = {
  /** The reason given to `access.deny`. */
  readonly denied?: string;
  readonly redirectedTo?: string;
  /** The `state` that came with the redirect, which `/continue` must bring back. */
  readonly state?: string;
  /** Types of the factors that Auth0 would ask for. */
  readonly challenged?: readonly string[];
  readonly enrolled?: readonly string[];
  readonly idTokenClaims: Readonly<Record<string, unknown>>;
  readonly accessTokenClaims: Readonly<Record<string, unknown>>;
  readonly recordedMethods: readonly string[];
  readonly metadata: Readonly<Record<string, string | number | boolean>>;
  readonly console: string;
  readonly revoked?: string;
  /** Why the login failed where the Action did not deny: it threw, took too long, or asked for what cannot be. */
  readonly error?: string;
  /** Every call of `api`, in order. */
  readonly calls: readonly string[];
};

/** An event of a post-login Action, as much of it as a test needs. */
export type ActionEvent = {
  readonly user: { readonly user_id: string } & Readonly<Record<string, unknown>>;
  readonly request: { readonly hostname: string } & Readonly<Record<string, unknown>>;
  readonly transaction?: { readonly metadata?: Effects['metadata'] } & Readonly<Record<string, unknown>>;
} & Readonly<Record<string, unknown>>;

/** The request at `/continue`, and from where it came. */
export type ContinueRequest = {
  readonly method?: 'GET' | 'POST';
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Readonly<Record<string, string>>;
  readonly ip?: string;
  readonly user_agent?: string;
};

export type Sandbox = {
  /** `process.version` of the Node on which it runs. */
  readonly version: string;
  execute(event: ActionEvent): Promise<Effects>;
  /** @param event as executed, with the metadata that the execution left. */
  resume(event: ActionEvent, continued: ContinueRequest): Promise<Effects>;
  close(): void;
};

type Runtime = 'current' | '18' | '22';

/** The Node versions of Auth0, which the set-up of the suite installs beside its tests. */
export const hasRuntimes = (): boolean =>
  ['node18', 'node22'].every((name) => existsSync(join(import.meta.dirname, `../node_modules/${name}/bin/node`)));

/** Where an Action can be run here. */
export const runtimes: readonly Runtime[] = hasRuntimes() ? ['current', '18', '22'] : ['current'];

export type SandboxSettings = {
  readonly code: string;
  readonly node: Runtime;
  readonly secrets: Readonly<Record<string, string>>;
  /** In place of the real one; on the current Node only. */
  readonly fetch?: typeof fetch;
  /** How many times faster than the wall clock time goes inside, limits included. */
  readonly hurry?: number;
};

type Local = Pick<Sandbox, 'execute' | 'resume'>;
const { createLocal } = createRequire(import.meta.url)('./sandbox.cjs') as {
  readonly createLocal: (about: Omit<SandboxSettings, 'node'>) => Local;
};

const nodeOf = (version: '18' | '22'): string => join(import.meta.dirname, `../node_modules/node${version}/bin/node`);

type Answer = { readonly id: number; readonly answer?: unknown; readonly failure?: string };

/** Calls into the child; every call fails once it is gone. */
const callsTo = (child: ChildProcess) => {
  const waiting = new Map<number, { readonly resolve: (answer: unknown) => void; readonly reject: (failure: Error) => void }>();
  let last = 0;
  child.on('message', ({ id, answer, failure }: Answer) => {
    const one = waiting.get(id);
    waiting.delete(id);
    if (failure === undefined) one?.resolve(answer);
    else one?.reject(new Error(failure));
  });
  const gone = (why: Error): void => {
    for (const { reject } of waiting.values()) reject(why);
    waiting.clear();
  };
  child.on('error', gone);
  child.on('exit', (code) => gone(new Error(`the sandbox ended with ${code}`)));
  return <T>(deed: string, ...given: readonly unknown[]): Promise<T> =>
    new Promise((resolve, reject) => {
      const id = ++last;
      waiting.set(id, { resolve: (answer) => resolve(answer as T), reject });
      child.send({ id, deed, given }, (failure) => failure && gone(failure));
    });
};

/** An Action as Auth0 runs it: in a context of its own, on the Node that is asked for, with Auth0's limits. */
export const createSandbox = async ({ node, fetch, ...about }: SandboxSettings): Promise<Sandbox> => {
  if (node === 'current') return { ...createLocal({ ...about, fetch }), version: process.version, close: () => undefined };
  if (fetch !== undefined) throw new TypeError('another process has its own fetch');
  // without the options of this process, which Node 18 does not know
  const child = fork(join(import.meta.dirname, 'child.cjs'), [], {
    execPath: nodeOf(node),
    execArgv: [],
    env: {},
    serialization: 'advanced',
  });
  const call = callsTo(child);
  try {
    return {
      version: await call<string>('create', about),
      execute: (event) => call('execute', event),
      resume: (event, continued) => call('resume', event, continued),
      close: () => child.disconnect(),
    };
  } catch (failure) {
    child.disconnect();
    throw failure;
  }
};
