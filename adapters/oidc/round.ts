import type { KoaContextWithOIDC } from 'oidc-provider';
import type { FactorLog } from './factor-log.ts';

/** A challenge that one authorization request owes; kept in its interaction, which the browser never sees. */
export type Owed = {
  readonly kind: 'challenge';
  readonly accountId: string;
  readonly idempotencyKey: string;
  readonly nonce: string;
  readonly c: string;
};
/** A person decides first. */
export type Held = { readonly kind: 'review'; readonly accountId: string; readonly idempotencyKey: string; readonly nonce: string };

/** What an upstream's sign-in leaves with the interaction. */
export type UpstreamResult = {
  readonly id: string;
  readonly sid?: string;
  readonly amr: readonly string[];
  /** Milliseconds. */
  readonly at: number;
  readonly idToken?: string;
};

/** What the rounds of one authorization request hand on to the next. */
export type RoundResult = {
  /** Milliseconds: when the request first came. */
  readonly beganAt?: number;
  readonly upstream?: UpstreamResult;
  readonly stepwardTicket?: string;
  /** The decision let it pass; only the Check writes it. */
  readonly stepward?: { readonly accountId: string; readonly usedRisk: boolean; readonly isUndecided: boolean };
  readonly login?: { readonly accountId: string; readonly ts?: number };
};

/** What is learnt once in a request and read by several checks, which run side by side. */
export type Round = {
  readonly beganAt: number;
  readonly result: RoundResult;
  log?: Promise<SessionLog | undefined>;
  owed?: Owed | Held;
};

/** The factor log of a session as it is stored; the ID token lets the upstream's session be ended. */
export type SessionLog = { readonly log: FactorLog; readonly idToken?: string };

const rounds = new WeakMap<KoaContextWithOIDC, Round>();

type Details = { readonly beganAt?: number };

/** The round that a request is in. */
export const roundOf = (ctx: KoaContextWithOIDC, now: () => number): Round => {
  const known = rounds.get(ctx);
  if (known) return known;
  const result = (ctx.oidc.result ?? {}) as RoundResult;
  const details = ctx.oidc.entities.Interaction?.prompt.details as Details | undefined;
  const round: Round = { result, beganAt: result.beganAt ?? details?.beganAt ?? now() };
  rounds.set(ctx, round);
  return round;
};
