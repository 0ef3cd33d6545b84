import type { Event, RuleDayDelta } from './ports/store.ts';

type Counts = { -readonly [K in keyof RuleDayDelta]: RuleDayDelta[K] };

/** Adds up what the recorded decisions say of each rule, by action and day (UTC). */
export const ruleCounts = (events: readonly Event[], hash: (userId: string) => string): readonly RuleDayDelta[] => {
  const days = new Map<string, Counts>();
  for (const { type, at, data } of events) {
    if (type !== 'action.log_created') continue;
    const record = data as unknown as TrackedRecord;
    const day = new Date(at).toISOString().slice(0, 10);
    const alone = new Map(record.previews);
    for (const [ruleId, result] of record.results) {
      if (result === 'not-reached') continue;
      const key = `${record.action}\n${ruleId}\n${day}`;
      const counts = days.get(key) ?? {
        action: record.action,
        ruleId,
        day,
        evaluated: 0,
        matched: 0,
        unknown: 0,
        errors: 0,
        decidesAlone: 0,
        wins: 0,
        changes: 0,
        matchedUsers: [],
      };
      days.set(key, counts);
      counts.evaluated += 1;
      if (result === 'unknown') counts.unknown += 1;
      if (result === 'error') counts.errors += 1;
      if (alone.get(ruleId) === true) counts.decidesAlone += 1;
      if (record.previewWinner === ruleId) {
        counts.wins += 1;
        if (record.previewChanges) counts.changes += 1;
      }
      if (result !== 'matched') continue;
      counts.matched += 1;
      counts.lastMatchedAt = Math.max(counts.lastMatchedAt ?? 0, at);
      counts.matchedUsers = [...new Set([...counts.matchedUsers, hash(record.userId)])];
    }
  }
  return [...days.values()];
};

type TrackedRecord = {
  readonly userId: string;
  readonly action: string;
  readonly results: readonly (readonly [string, string])[];
  readonly previews: readonly (readonly [string, boolean])[];
  readonly previewWinner?: string;
  readonly previewChanges?: true;
};
