import type { IncomingMessage } from 'node:http';
import type { z } from 'zod';
import type { Management, Policies, Stepward } from '../../core/index.ts';
import type { Secrets } from '../../core/ports/secrets.ts';
import type { Store } from '../../core/ports/store.ts';
import type { ClientPrincipal } from './client-access.ts';

export const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
export type Method = (typeof methods)[number];

/** What opens a route of the client API: a token of an action instance, the tenant's id that everybody knows, or either. */
export type ClientScope = 'client' | 'client-or-anonymous' | 'client-anonymous';

/** Whose key or token opens a route. */
export type Scope = 'server' | 'management' | 'server-or-management' | 'public' | ClientScope;

/**
 * How a key that is limited to some actions is held to them: by the action in the path, in the body or in the query;
 * `allowed` and `refused` are for routes that name no action.
 */
export type ActionLimit = 'path' | 'body' | 'query' | 'codes' | 'allowed' | 'refused';

/** What handlers may use. */
export type HttpContext = {
  readonly stepward: Stepward;
  readonly management: Management;
  readonly policies: Policies;
  readonly store: Store;
  readonly secrets: Secrets;
  readonly tenantId: string;
  readonly publicUrl: string;
  readonly now: () => number;
  readonly clockAheadBySeconds?: () => number;
  /** The whole table, for the document that is derived from it. */
  readonly routes: readonly Route[];
};

/** Who calls: the kind of the key, its name for the audit log, and the actions that it is limited to. */
export type Principal = {
  readonly kind: 'server' | 'management';
  readonly actor: string;
  readonly actions?: readonly string[];
};

type Names<P extends string> = P extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never;
export type Params<P extends string> = { readonly [K in Names<P>]: string };

export type Call<P, Q, B> = {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly request: IncomingMessage;
  /** Absent on public routes and those of the client API. */
  readonly principal?: Principal;
  /** On routes of the client API alone. */
  readonly client?: ClientPrincipal;
  /** The version named by `If-Match`, or `*`. */
  readonly ifMatch?: string;
};

/** An answer; without `body` a 204. */
export type Reply = { readonly status: number; readonly body?: unknown; readonly headers?: readonly string[] };

/** A request body: how it is documented and how it is read. `parse` throws `invalid_request`. */
export type Body<B> = { readonly schema: z.ZodType; readonly parse: (value: Readonly<Record<string, unknown>>) => B };

type Shape<P extends string, Q extends z.ZodType, B> = {
  readonly method: Method;
  readonly path: P;
  readonly scope: Scope;
  /** The SDK's name of the call. */
  readonly sdk?: string;
  readonly summary: string;
  readonly limitedKeys?: ActionLimit;
  /** Asked every second for as long as its token lives: calls with a token of ours are not counted. */
  readonly polled?: true;
  readonly query?: Q;
  readonly body?: Body<B>;
  /** Bytes; absent: that of every route. */
  readonly bodyLimit?: number;
  readonly status?: number;
  /** Absent: 204. */
  readonly response?: z.ZodType;
  /** `no-store` unless said. */
  readonly cacheControl?: string;
  readonly handler: (call: Call<Params<P>, z.output<Q>, B>, context: HttpContext) => Reply | Promise<Reply>;
};

export type Route = Shape<string, z.ZodType, unknown>;

/** Declares one route; the handler's types follow from the path and the schemas. */
export const defineRoute = <const P extends string, Q extends z.ZodType = z.ZodType<Readonly<Record<string, never>>>, B = undefined>(
  route: Shape<P, Q, B>,
): Route => route as unknown as Route;

export const ok = (body: unknown, ...headers: readonly string[]): Reply => ({ status: 200, body, headers });
export const created = (body: unknown, ...headers: readonly string[]): Reply => ({ status: 201, body, headers });
export const noContent: Reply = { status: 204 };
