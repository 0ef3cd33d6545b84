import type { Ports } from './settings.ts';
import { newUser, type User } from './user.ts';

const id = '00000000-0000-7000-8000-000000000000';
const hash = 'A'.repeat(43);
const at = 1_700_000_000_000;
const device = { deviceId: id, createdAt: at, claimedHashes: [hash], vouchedHashes: [], firstSuccessAt: at, lastSuccessAt: at, proofs: [] };
/** What somebody with two devices and a few sign-ins is stored as. */
const standIn = JSON.stringify({
  ...newUser(id, at),
  email: 'somebody@example.org',
  vouchedEmail: 'somebody@example.org',
  devices: [device, device],
  history: { successes: 3, times: [at, at, at], addresses: { [hash]: at }, countries: {}, asns: {}, languages: {}, places: [] },
  tracks: { signIn: [at, at, at] },
} satisfies User);

/** A user for an answer that must not tell by its time whether there is one: nobody costs as much as somebody. */
export const readUser = async ({ store }: Pick<Ports, 'store'>, userId: string): Promise<User | undefined> => {
  const user = await store.user(userId);
  if (user === undefined) JSON.parse(standIn);
  return user;
};
