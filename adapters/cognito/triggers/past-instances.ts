import type { State } from '../../../core/index.ts';
import { effectOf } from '../../../core/policy/outcome-table.ts';
import { isNoAnswer, newestPath } from '../../client/short-call.ts';
import type { Core } from './core.ts';
import type { Note } from './trigger.ts';
import { membersOf, text } from './values.ts';

/** One of a user's sign-ins, as the core lists it; times in milliseconds. */
export type Past = {
  readonly acr: string | undefined;
  /** When the proof was given. */
  readonly provenAt: number | undefined;
  readonly consumedAt: number | undefined;
  /** When it was let in without a consume. */
  readonly allowedAt: number | undefined;
};

const timeOf = (value: unknown): number | undefined => {
  const at = Date.parse(text(value, 64) ?? '');
  return Number.isFinite(at) ? at : undefined;
};

const pastOf = (value: unknown): Past => {
  const { state, createdAt, consumedAt, acr, authTime, decidedOnPage } = membersOf(value);
  const effect = effectOf(state as State, { canRedirect: false, decidedOnPage: decidedOnPage === true });
  return {
    acr: text(acr),
    provenAt: timeOf(authTime),
    consumedAt: timeOf(consumedAt),
    allowedAt: effect === 'proceed' ? timeOf(createdAt) : undefined,
  };
};

/** The newest instances of this action; absent where the core cannot be asked, or refuses. */
export const pastInstances = async (
  core: Core,
  {
    userId,
    action,
    ...given
  }: { readonly userId: string; readonly action: string; readonly remaining: number | undefined; readonly note: Note },
): Promise<readonly Past[] | undefined> => {
  const called = await core(newestPath(userId, action, 10), given);
  const body: unknown = called.body;
  return !isNoAnswer(called) && called.status === 200 && Array.isArray(body) ? body.map(pastOf) : undefined;
};
