import { type Outcome, type State, states } from '../action.ts';

/** Everything that can move an action instance. Decisions move `new`; the rest move an instance that stands. */
export const transitionEvents = [
  'verified',
  'device-fresh',
  'redecided-allow',
  'redecided-challenge',
  'redecided-review',
  'redecided-block',
  'spent',
  'denied',
  'cancelled',
  'review-raised',
  'review-approved',
  'challenge-owed-again',
  'review-refused',
  'failed-by-operator',
  'blocked',
] as const;
export type TransitionEvent = (typeof transitionEvents)[number];

/** The first state by outcome; freshness or an approval that meets it makes ALLOW, a handed-over challenge CHALLENGE_SUCCEEDED. */
export const firstState = {
  TRUST: 'ALLOW',
  ALLOW: 'ALLOW',
  CHALLENGE: 'CHALLENGE_REQUIRED',
  REVIEW: 'REVIEW_REQUIRED',
  BLOCK: 'BLOCK',
} as const satisfies Record<Outcome, State>;

const toBlock = Object.fromEntries(states.map((state) => [state, 'BLOCK'])) as Record<State, State>;

/** From × event → to. What is not in the table cannot happen. */
export const transitions: Readonly<Record<TransitionEvent, Partial<Record<State, State>>>> = {
  verified: { CHALLENGE_REQUIRED: 'CHALLENGE_SUCCEEDED', ALLOW: 'CHALLENGE_SUCCEEDED' },
  'device-fresh': { CHALLENGE_REQUIRED: 'CHALLENGE_SUCCEEDED' },
  // the one re-decision of `deferSignals`, when the page is first opened: the only event that writes ALLOW
  'redecided-allow': { CHALLENGE_REQUIRED: 'ALLOW' },
  'redecided-challenge': { CHALLENGE_REQUIRED: 'CHALLENGE_REQUIRED' },
  'redecided-review': { CHALLENGE_REQUIRED: 'REVIEW_REQUIRED' },
  'redecided-block': { CHALLENGE_REQUIRED: 'BLOCK' },
  spent: { CHALLENGE_REQUIRED: 'CHALLENGE_FAILED' },
  denied: { CHALLENGE_REQUIRED: 'CHALLENGE_FAILED' },
  cancelled: { CHALLENGE_REQUIRED: 'CHALLENGE_FAILED' },
  'review-raised': {
    ALLOW: 'REVIEW_REQUIRED',
    CHALLENGE_REQUIRED: 'REVIEW_REQUIRED',
    CHALLENGE_FAILED: 'REVIEW_REQUIRED',
    CHALLENGE_SUCCEEDED: 'REVIEW_REQUIRED',
  },
  'review-approved': { REVIEW_REQUIRED: 'REVIEW_SUCCEEDED' },
  // the approval of a review that was raised from a challenge: the challenge is owed again, no proof is kept
  'challenge-owed-again': { REVIEW_REQUIRED: 'CHALLENGE_REQUIRED' },
  'review-refused': { REVIEW_REQUIRED: 'REVIEW_FAILED' },
  'failed-by-operator': { CHALLENGE_REQUIRED: 'CHALLENGE_FAILED' },
  blocked: toBlock,
};

/** The state that `event` leads to from `from`; undefined where the table has no such transition. */
export const transition = (from: State, event: TransitionEvent): State | undefined => transitions[event][from];

/** The table as a Mermaid state diagram, for the documentation. */
export const transitionDiagram = (): string =>
  [
    'stateDiagram-v2',
    ...[...new Set(Object.entries(firstState).map(([outcome, state]) => `  [*] --> ${state}: ${outcome}`))],
    ...transitionEvents.flatMap((event) =>
      event === 'blocked'
        ? ['  note right of BLOCK: reached from every state by an operator']
        : Object.entries(transitions[event]).map(([from, to]) => `  ${from} --> ${to}: ${event}`),
    ),
  ].join('\n');
