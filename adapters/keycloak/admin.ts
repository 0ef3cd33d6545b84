import type { Requirement, ScopeMapper, Snapshot } from './snapshot.ts';

/** One row of a flow as Keycloak lists it: what is not named here is sent back as it came. */
export type Row = {
  readonly id: string;
  readonly level: number;
  readonly requirement: Requirement;
  readonly priority: number;
  readonly displayName: string;
  readonly providerId?: string;
  /** Id of its settings. */
  readonly authenticationConfig?: string;
  /** Id of the flow that is nested here. */
  readonly flowId?: string;
};

/** What the installer does to a realm; filled by a client of Keycloak's admin API. Each write is one request. */
export type RealmAdmin = {
  snapshot(): Promise<Snapshot>;

  /** @returns the id of the new flow. */
  createFlow(alias: string, description: string): Promise<string>;
  /** Copies a flow with all in it on the server. @returns the id of the copy. */
  copyFlow(of: string, alias: string): Promise<string>;
  /** A flow that is nested must not be listed at the top. */
  demoteFlow(id: string): Promise<void>;
  deleteFlow(id: string): Promise<void>;

  /** Rows of a flow and of all that is nested in it. */
  rows(flow: string): Promise<readonly Row[]>;
  updateRow(flow: string, row: Row): Promise<void>;
  deleteRow(id: string): Promise<void>;
  /** Puts an existing flow into another one. */
  nestFlow(parentId: string, flowId: string, requirement: Requirement, priority: number): Promise<void>;
  /** A new, empty flow inside another one; it begins DISABLED. */
  addFlow(parent: string, alias: string, priority: number): Promise<void>;
  /** It begins DISABLED. @returns the id of the row. */
  addExecution(parent: string, authenticator: string, priority: number): Promise<string>;
  createSettings(rowId: string, alias: string, settings: Readonly<Record<string, string>>): Promise<void>;
  /** Settings as they are, with what is named here changed. */
  changeSettings(id: string, settings: Readonly<Record<string, string>>): Promise<void>;

  createScope(name: string, mappers: readonly ScopeMapper[]): Promise<string>;
  /** Makes the mapper of this name anew. */
  putMapper(scopeId: string, mapper: ScopeMapper): Promise<void>;
  addScopeToRealm(scopeId: string): Promise<void>;
  addScopeToClient(clientId: string, scopeId: string): Promise<void>;
  deleteScope(id: string): Promise<void>;

  /** Reads the attributes, changes what is named (`undefined`: takes it away), writes the whole map. */
  changeAttributes(changes: Readonly<Record<string, string | undefined>>): Promise<void>;
  bindRealm(flows: Readonly<Record<string, string>>): Promise<void>;
  /** An empty alias: none. */
  bindIdentityProvider(alias: string, flow: string): Promise<void>;
  /** An empty id: none. */
  bindClient(id: string, slot: string, flowId: string): Promise<void>;
};
