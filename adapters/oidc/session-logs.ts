import type { ProviderRecords } from './records.ts';
import type { SessionLog } from './round.ts';

/** As long as a session lives unused, and a margin. */
const keptFor = 12 * 3_600_000 + 300_000;

/** What was proven in each session, and which session an upstream's is. */
export type SessionLogs = {
  find(sessionUid: string): Promise<SessionLog | undefined>;
  put(sessionUid: string, kept: SessionLog): Promise<void>;
  remove(sessionUid: string, kept: SessionLog): Promise<void>;
  /** The session that was opened with this session of the upstream. */
  ofUpstream(upstream: string, sid: string): Promise<string | undefined>;
};

const nameOf = (upstream: string, sid: string): string => `${upstream}\n${sid}`;

export const createSessionLogs = (records: ProviderRecords, now: () => number): SessionLogs => ({
  find: (uid) => records.find('FactorLog', uid),
  put: async (uid, kept) => {
    const { accountId, upstream, upstreamSid } = kept.log;
    const keep = { expiresAt: now() + keptFor, account: accountId };
    await Promise.all([
      records.put('FactorLog', uid, kept, keep),
      upstreamSid !== undefined && records.put('UpstreamSession', nameOf(upstream, upstreamSid), uid, keep),
    ]);
  },
  remove: async (uid, { log: { upstream, upstreamSid } }) => {
    await Promise.all([
      records.remove('FactorLog', uid),
      upstreamSid !== undefined && records.remove('UpstreamSession', nameOf(upstream, upstreamSid)),
    ]);
  },
  ofUpstream: (upstream, sid) => records.find('UpstreamSession', nameOf(upstream, sid)),
});
