import type { KeyObject } from 'node:crypto';
import type { Json, Strings, TriggerSlot } from './options.ts';
import type { Handshake, Verifier } from './srp.ts';

export type UserStatus = 'CONFIRMED' | 'FORCE_CHANGE_PASSWORD' | 'UNCONFIRMED' | 'RESET_REQUIRED';

export type User = {
  readonly username: string;
  readonly sub: string;
  readonly createdAt: number;
  attributes: Strings;
  verifier?: Verifier;
  status: UserStatus;
  isEnabled: boolean;
  groups: readonly string[];
  totpSecret?: string;
  /** Codes of the authenticator app that were used. */
  readonly usedSteps: Set<number>;
  readonly devices: Map<string, Verifier>;
  failures: number;
  lockedUntil: number;
};

export type Client = { readonly id: string; readonly name: string; readonly secret?: string; readonly createdAt: number; settings: Json };

export type Pool = {
  readonly id: string;
  readonly arn: string;
  readonly createdAt: number;
  modifiedAt: number;
  /** What only CreateUserPool takes. */
  readonly fixed: Json;
  settings: Json;
  mfa: Json;
  readonly clients: Map<string, Client>;
  readonly users: Map<string, User>;
  readonly key: { readonly kid: string; readonly privateKey: KeyObject; readonly publicKey: KeyObject };
};

export type HistoryEntry = {
  readonly challengeName: string;
  readonly challengeResult: boolean;
  readonly challengeMetadata: string | null;
};

/** Who signs in: somebody unknown gets as far as a wrong password would. */
export type Subject = { readonly username: string; readonly user?: User; readonly verifier: Verifier };

/** A sign-in between two calls. */
export type SignIn = {
  readonly pool: Pool;
  readonly client: Client;
  readonly subject: Subject;
  readonly isCustom: boolean;
  readonly history: readonly HistoryEntry[];
  readonly deviceKey?: string;
  /** Whether the user has just set the password. */
  readonly isNewPassword?: boolean;
  /** Whether the device was proven. */
  readonly isDevice?: boolean;
};

/** What the next call must answer. */
export type Pending = SignIn & {
  readonly challengeName: string;
  readonly handshake?: Handshake;
  readonly privateParameters?: Strings;
  readonly challengeMetadata?: string;
};

export type RefreshToken = {
  readonly clientId: string;
  readonly poolId: string;
  readonly username: string;
  readonly originJti: string;
  readonly authTime: number;
  readonly expiresAt: number;
  /** With rotation on: until when the replaced token still works. */
  replacedUntil?: number;
};

export type World = {
  readonly region: string;
  readonly account: string;
  readonly now: () => number;
  readonly pools: Map<string, Pool>;
  readonly sessions: Map<string, { readonly pending: Pending; readonly expiresAt: number }>;
  readonly refreshTokens: Map<string, RefreshToken>;
  readonly revoked: Set<string>;
  readonly customSrpNeedsUserSrp: boolean;
  /** The `response` of a trigger, or nothing where the pool has none in that slot. */
  readonly trigger: (pool: Pool, slot: TriggerSlot, event: Json) => Promise<Json | undefined>;
};
