import { randomUUID } from 'node:crypto';
import type { PreTokenSettings } from './core-settings.ts';
import { type Asking, decide, refuse } from './decide.ts';
import { type Past, pastInstances } from './past-instances.ts';
import { Refusal } from './refusal.ts';
import { subjectOf } from './subject.ts';
import { tokenResponse } from './token-response.ts';
import type { Ending } from './trigger.ts';
import { membersOf, text } from './values.ts';

/** How tokens were asked for. */
export type Source = 'HostedAuth' | 'Authentication' | 'NewPasswordChallenge' | 'AuthenticateDevice' | 'RefreshTokens';

export type Gate = (asking: Asking<PreTokenSettings>, source: Source) => Ending | Promise<Ending>;

/** A sign-in and its tokens are at most so far apart, in milliseconds; the clocks of the two machines may differ, either way. */
const admitWithin = 120_000;

export const unchanged = ({ event }: Pick<Asking, 'event'>, outcome: string): Ending => ({ response: event.response, outcome });

const pastOf = async ({ event, settings, core, remaining, note }: Asking): Promise<readonly Past[] | undefined> =>
  pastInstances(core, { userId: subjectOf(event), action: settings.action, remaining, note });

/**
 * Second line behind the challenge: tokens only soon after a sign-in that the core let in. A sign-in that went without the core left none,
 * so it is refused under every failure policy.
 */
const admit: Gate = async (asking, source) => {
  if (source === 'RefreshTokens') return unchanged(asking, 'refresh');
  // these tokens come without a word to DefineAuthChallenge
  if (source === 'NewPasswordChallenge') throw new Refusal('again', { text: 'Password changed. Sign in again' });
  const past = await pastOf(asking);
  if (!past) throw new Refusal('unavailable');
  const isRecent = (at: number | undefined): boolean => at !== undefined && Math.abs(Date.now() - at) <= admitWithin;
  if (!past.some(({ allowedAt, consumedAt }) => isRecent(allowedAt) || isRecent(consumedAt))) throw new Refusal('again');
  return unchanged(asking, 'admitted');
};

/** A decision of its own for every sign-in; only ALLOW passes, for nothing can be asked here. */
const require: Gate = async (asking, source) => {
  const { event, settings, note } = asking;
  const isRefresh = source === 'RefreshTokens';
  const action = isRefresh ? settings.refreshAction : settings.action;
  if (action === '') return unchanged(asking, 'refresh');
  const key = randomUUID();
  note.instance = key;
  const { groupsToOverride } = membersOf(event.request.groupConfiguration);
  const decided = await decide(asking, action, key, {
    context: {
      flow: isRefresh ? 'refresh' : 'interactive',
      canRedirect: false,
      groups: Array.isArray(groupsToOverride) ? groupsToOverride.filter((group) => text(group)).slice(0, 50) : undefined,
    },
  });
  if (decided.effect === 'undecided') return { response: tokenResponse(event, { degraded: true }, false), outcome: 'undecided-allow' };
  if (decided.effect !== 'proceed') return refuse(decided.effect, decided.state, key);
  const { acr, authTime } = decided.answer;
  return { response: tokenResponse(event, { acr: text(acr), time: secondsOf(Date.parse(String(authTime))) }, false), outcome: 'allowed' };
};

const secondsOf = (at: number | undefined): number | undefined => (Number.isFinite(at) ? Math.floor(Number(at) / 1000) : undefined);

/** Lets everybody in, and says in the tokens what was proven of late; where that cannot be found out, that too. */
const scope: Gate = async (asking) => {
  const { event, settings } = asking;
  const past = await pastOf(asking).catch(() => undefined);
  if (!past) return { response: tokenResponse(event, { degraded: true }, true), outcome: 'unknown' };
  const [newest] = past
    .filter(({ acr, consumedAt }) => acr !== undefined && consumedAt !== undefined)
    .sort((one, other) => Number(other.consumedAt) - Number(one.consumedAt));
  if (!newest || Date.now() - Number(newest.consumedAt) >= settings.scopeFor)
    return { response: tokenResponse(event, {}, true), outcome: 'nothing-proven' };
  const told = { acr: newest.acr, time: secondsOf(newest.provenAt ?? newest.consumedAt) };
  return { response: tokenResponse(event, told, true), outcome: 'proven' };
};

export const gates = { admit, require, scope } as const satisfies Record<PreTokenSettings['gate'], Gate>;
