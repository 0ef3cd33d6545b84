import type { State } from '../action.ts';

/** What an enforcement point does. `host-failure-policy`: the adapter's own deny, allow or fallback. */
export type Effect = 'proceed' | 'step-up' | 'proceed-once' | 'deny' | 'deny-may-retry' | 'hold' | 'failure-policy';

export type Row = {
  readonly canRedirect: Effect;
  readonly cannotRedirect: Effect;
  readonly error?: 'interaction_required' | 'under_review';
};

/**
 * The only mapping from state to effect. `*_SUCCEEDED` proceed once, by consume; anything stale, foreign or consumed denies.
 */
export const outcomeTable = {
  ALLOW: { canRedirect: 'proceed', cannotRedirect: 'proceed' },
  CHALLENGE_REQUIRED: { canRedirect: 'step-up', cannotRedirect: 'deny', error: 'interaction_required' },
  CHALLENGE_SUCCEEDED: { canRedirect: 'proceed-once', cannotRedirect: 'proceed-once' },
  CHALLENGE_FAILED: { canRedirect: 'deny-may-retry', cannotRedirect: 'deny' },
  REVIEW_REQUIRED: { canRedirect: 'hold', cannotRedirect: 'deny', error: 'under_review' },
  REVIEW_SUCCEEDED: { canRedirect: 'proceed-once', cannotRedirect: 'proceed-once' },
  REVIEW_FAILED: { canRedirect: 'deny', cannotRedirect: 'deny' },
  BLOCK: { canRedirect: 'deny', cannotRedirect: 'deny' },
} as const satisfies Record<State, Row>;

/**
 * An ALLOW that the page decided, because the host could not see the browser: it counts for that browser alone, which brings its ticket.
 * A host that asks about the instance meanwhile has no such browser before it.
 */
export const deferredAllow = { canRedirect: 'proceed-once', cannotRedirect: 'deny' } as const satisfies Row;

/** Core unreachable, too late, or 5xx: at track the host's failure policy answers, at consume nothing but a deny. */
export const unreachable = { track: 'failure-policy', consume: 'deny' } as const satisfies Record<string, Effect>;

/** What a host does with this state; `decidedOnPage`: it was asked for with `deferSignals`, and the page was opened. An unknown state denies. */
export const effectOf = (state: State, host: { readonly canRedirect: boolean; readonly decidedOnPage?: boolean }): Effect => {
  const listed: Row | undefined = Object.hasOwn(outcomeTable, state) ? outcomeTable[state] : undefined;
  const row = state === 'ALLOW' && host.decidedOnPage ? deferredAllow : listed;
  return row ? (host.canRedirect ? row.canRedirect : row.cannotRedirect) : 'deny';
};
