import { ChallengeError } from './challenge-error.ts';
import { randomId } from './random.ts';

/** The sign-in at Cognito that waits for an answer. */
export type SignIn = {
  /** As the library sends it: `user.getUsername()`. */
  readonly username: string;
  /** `Session` of Cognito's last answer, which serves once. */
  readonly session: string;
};

/** Of this tab, which no other tab reads: `sessionStorage`. */
export type TabStorage = {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
};

export type Kept = { readonly state: string; readonly until: number; readonly signIn?: SignIn };

const slot = 'stepward.sign-in';
/** Milliseconds: the longest that Cognito keeps a session (`AuthSessionValidity`). */
const lastsFor = 15 * 60_000;

/** Amplify drops what it keeps after 3 minutes, when it is loaded again: its own entry is given the session's time. */
const amplify = { session: 'CognitoSignInState.signInSession', expiry: 'CognitoSignInState.expiry' } as const;

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

/**
 * Keeps what the sign-in goes on with. @returns the `state` that comes back with the answer.
 * Throws a `TypeError` where there is nothing to keep: the sign-in could not go on.
 */
export const keepSignIn = (storage: TabStorage, keep: SignIn | 'amplify', now: number): string => {
  const state = `stepward-${randomId()}`;
  const until = now + lastsFor;
  if (keep === 'amplify') {
    if (!storage.getItem(amplify.session)) throw new TypeError('Amplify keeps no sign-in in this tab: `keep` is what to go on with');
    storage.setItem(amplify.expiry, String(until));
    storage.setItem(slot, JSON.stringify({ state, until } satisfies Kept));
    return state;
  }
  if (!isText(keep?.username) || !isText(keep.session)) throw new TypeError('`keep` has a `username` and the `session` of the sign-in');
  const { username, session } = keep;
  storage.setItem(slot, JSON.stringify({ state, until, signIn: { username, session } } satisfies Kept));
  return state;
};

const read = (text: string | null): Kept | undefined => {
  try {
    const kept = JSON.parse(text ?? '') as Kept;
    return isText(kept.state) && Number.isFinite(kept.until) ? kept : undefined;
  } catch {
    return undefined;
  }
};

/**
 * What was kept under this `state`, once: it is gone before anything is done with it. Absent where nothing was; what another `state` belongs
 * to stays where it is, so that an address which somebody else made up ends no sign-in.
 */
export const takeSignIn = (storage: TabStorage, state: string | null, now: number): Kept | undefined => {
  const kept = read(storage.getItem(slot));
  if (kept === undefined || kept.state !== state) return undefined;
  storage.removeItem(slot);
  if (now >= kept.until) throw new ChallengeError('expired');
  return kept;
};
