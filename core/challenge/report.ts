import { forgetFactorTrust } from '../history.ts';
import type { Ports } from '../settings.ts';

const validFor = 30 * 86_400_000;
const longest = 1024;

/** The link of a notice: it opens a page, and only its button does something. It names the user to nobody but us. */
export const reportUrl = (ports: Ports, userId: string, now: number): string =>
  `${ports.settings.publicUrl}/challenge/report?r=${encodeURIComponent(ports.secrets.seal('report', JSON.stringify([userId, now])))}`;

const userOf = (ports: Ports, r: string, now: number): string | undefined => {
  if (r.length > longest) return undefined;
  try {
    const [userId, at] = JSON.parse(ports.secrets.open('report', r)) as [string, number];
    return now < at + validFor ? userId : undefined;
  } catch {
    return undefined;
  }
};

/**
 * "This was not me": earlier proofs and remembered devices count no more, and an event tells the operator. Without `confirmed` only
 * says whether the link is one of ours.
 */
export const reportNotMe = async (ports: Ports, r: string, confirmed: boolean): Promise<'known' | 'reported' | 'unknown'> => {
  const now = ports.clock.now();
  const userId = userOf(ports, r, now);
  if (userId === undefined) return 'unknown';
  if (!confirmed) return 'known';
  await ports.store.transact({
    userId,
    load: {},
    run: ({ user }) => {
      if (!user) return { answer: undefined };
      const events = [{ type: 'authn_change_disputed', at: now, data: { userId } }];
      return { answer: undefined, changes: { user: forgetFactorTrust(user, now), events } };
    },
  });
  return 'reported';
};
