import type { Event } from '../../core/ports/store.ts';
import type { Directory } from './directory.ts';
import type { ProviderRecords } from './records.ts';

/** Whose authenticator an event says was removed; new recovery codes in the place of old ones remove none. */
const removedOf = ({ type, data }: Event): string | undefined =>
  type === 'authenticator.deleted' && data.verificationMethod !== 'RECOVERY_CODE' && typeof data.userId === 'string'
    ? data.userId
    : undefined;

/** Who an event says was erased. */
const erasedIn = ({ type, data }: Event): string | undefined =>
  type === 'user.deleted' && typeof data.userId === 'string' ? data.userId : undefined;

export type AccountEventsOptions = {
  readonly directory: Pick<Directory, 'refresh' | 'client'>;
  readonly records: Pick<ProviderRecords, 'clientsOf' | 'find' | 'remove'>;
  readonly endAccount: (accountId: string) => Promise<void>;
  readonly failed: (again: () => Promise<void>, cause: unknown) => void;
};

/**
 * Hears what happens to users. Who is erased is signed in nowhere any more, and what his upstream said of him is gone; whose
 * authenticator was removed has his sessions and refresh tokens ended where one of the clients that he uses has `revokeOnBlock`.
 * Never rejects.
 */
export const createAccountEvents = ({ directory, records, endAccount, failed }: AccountEventsOptions) => {
  const endWhereWanted = async (userId: string): Promise<void> => {
    await directory.refresh();
    const clients = await records.clientsOf(userId);
    if (clients.some((clientId) => directory.client(clientId)?.revokeOnBlock)) await endAccount(userId);
  };
  const erase = async (userId: string): Promise<void> => {
    // most users are no accounts of the provider
    if ((await records.find('Account', userId)) === undefined) return;
    await endAccount(userId);
    await records.remove('Account', userId);
  };
  return async (event: Event): Promise<void> => {
    const [removed, erased] = [removedOf(event), erasedIn(event)];
    const work = removed !== undefined ? () => endWhereWanted(removed) : erased !== undefined ? () => erase(erased) : undefined;
    await work?.().catch((cause: unknown) => failed(work, cause));
  };
};
