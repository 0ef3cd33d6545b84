import type { VerificationMethod } from '../policy/methods.ts';
import type { GuessBudget, User } from '../user.ts';

/**
 * The budget of guesses belongs to user and method, not to challenge, token, browser or address. Proven devices on which the
 * user succeeded share one (`own`); all other browsers together have the other, so that fresh cookies gain nothing.
 */
export type BudgetOwner = 'own' | 'other';

const window = 15 * 60_000;
const allowed = 10;
/** NIST SP 800-63B: at most 100 consecutive failures per account; half for each budget. */
export const hardStop = 50;
const shortestWait = 30_000;
const longestWait = 3_600_000;

/** Methods whose answers can be guessed. Nobody's failures ever lock a passkey. */
const guessable = new Set<VerificationMethod>([
  'AUTHENTICATOR_APP',
  'EMAIL_OTP',
  'EMAIL_MAGIC_LINK',
  'SMS',
  'WHATSAPP',
  'RECOVERY_CODE',
  'PUSH',
  'QR_CODE',
]);

const none: GuessBudget = { recent: [], consecutive: 0 };
const keyOf = (method: VerificationMethod, owner: BudgetOwner) => `${method}:${owner}`;
const budgetOf = (user: User, method: VerificationMethod, owner: BudgetOwner): GuessBudget => user.guesses[keyOf(method, owner)] ?? none;
const withBudget = (user: User, method: VerificationMethod, owner: BudgetOwner, budget: GuessBudget): User => ({
  ...user,
  guesses: { ...user.guesses, [keyOf(method, owner)]: budget },
});

type Admitted = 'admitted' | { readonly waitUntil: number };

/** The same for one budget, whoever it belongs to. */
export const admitFrom = ({ consecutive, waitUntil = 0 }: GuessBudget = none, now: number): Admitted => {
  if (consecutive >= hardStop) return { waitUntil: Number.POSITIVE_INFINITY };
  return waitUntil > now ? { waitUntil } : 'admitted';
};

/** Whether an attempt may be taken now; `waitUntil` in milliseconds, `Infinity` after the hard stop (recovery only). */
export const admitGuess = (user: User, method: VerificationMethod, owner: BudgetOwner, now: number): Admitted =>
  guessable.has(method) ? admitFrom(budgetOf(user, method, owner), now) : 'admitted';

/** A budget after a wrong answer: past ten in 15 minutes each further failure doubles the wait, from 30 s to 1 h. */
export const spentFrom = (budget: GuessBudget = none, now: number): GuessBudget => {
  const recent = [...budget.recent.filter((at) => at > now - window), now];
  const consecutive = budget.consecutive + 1;
  const over = Math.max(recent.length, consecutive) - allowed;
  const waitUntil = over >= 0 && recent.length >= allowed ? now + Math.min(longestWait, shortestWait * 2 ** Math.min(over, 10)) : undefined;
  return { recent: recent.slice(-hardStop), consecutive, waitUntil };
};

/** The user after a wrong answer. */
export const guessFailed = (user: User, method: VerificationMethod, owner: BudgetOwner, now: number): User =>
  guessable.has(method) ? withBudget(user, method, owner, spentFrom(budgetOf(user, method, owner), now)) : user;

/** The user as before a guess that was charged beforehand and was none: it was admitted, so there was no wait. */
export const guessTakenBack = (user: User, method: VerificationMethod, owner: BudgetOwner): User => {
  const { recent, consecutive } = budgetOf(user, method, owner);
  return withBudget(user, method, owner, { recent: recent.slice(0, -1), consecutive: Math.max(0, consecutive - 1) });
};

/** The user after a right answer: this method's count in this budget starts anew, no other's. */
export const guessSucceeded = (user: User, method: VerificationMethod, owner: BudgetOwner): User =>
  guessable.has(method) ? withBudget(user, method, owner, none) : user;
