import type { Event } from '../../core/ports/store.ts';
import type { Directory } from './directory.ts';
import type { ProviderRecords } from './records.ts';

/** Whose authenticator an event says was removed; new recovery codes in the place of old ones remove none. */
const removedOf = ({ type, data }: Event): string | undefined =>
  type === 'authenticator.deleted' && data.verificationMethod !== 'RECOVERY_CODE' && typeof data.userId === 'string'
    ? data.userId
    : undefined;

export type FactorRemovedOptions = {
  readonly directory: Pick<Directory, 'refresh' | 'client'>;
  readonly records: Pick<ProviderRecords, 'clientsOf'>;
  readonly endAccount: (accountId: string) => Promise<void>;
  readonly failed: (again: () => Promise<void>, cause: unknown) => void;
};

/**
 * Ends the sessions and refresh tokens of a user whose authenticator was removed, where one of the clients that he uses has
 * `revokeOnBlock`. Never rejects.
 */
export const createFactorRemoved = ({ directory, records, endAccount, failed }: FactorRemovedOptions) => {
  const end = async (userId: string): Promise<void> => {
    await directory.refresh();
    const clients = await records.clientsOf(userId);
    if (clients.some((clientId) => directory.client(clientId)?.revokeOnBlock)) await endAccount(userId);
  };
  return async (event: Event): Promise<void> => {
    const userId = removedOf(event);
    if (userId !== undefined) await end(userId).catch((cause: unknown) => failed(() => end(userId), cause));
  };
};
