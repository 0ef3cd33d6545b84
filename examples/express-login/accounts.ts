import { randomBytes, randomUUID, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

/** One customer, kept in memory. */
export type Account = {
  readonly userId: string;
  readonly email: string;
  readonly salt: Buffer;
  readonly hash: Buffer;
  /** Whole units. */
  balance: number;
};

export type Accounts = {
  /** `undefined`: there is an account with this address. */
  create(email: string, password: string): Promise<Account | undefined>;
  /** `undefined`: no such account or another password; both take as long. */
  withPassword(email: string, password: string): Promise<Account | undefined>;
  byId(userId: string): Account | undefined;
};

const stretch = promisify<
  string,
  Buffer,
  number,
  { readonly N: number; readonly r: number; readonly p: number; readonly maxmem: number },
  Buffer
>(scrypt);
const hashOf = (password: string, salt: Buffer): Promise<Buffer> =>
  stretch(password.normalize('NFC'), salt, 32, { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 });

const normal = (email: string): string => email.trim().toLowerCase();

/** Accounts that last as long as the process. */
export const createAccounts = (): Accounts => {
  const byEmail = new Map<string, Account>();
  const byId = new Map<string, Account>();
  const nobody = { salt: randomBytes(16), hash: randomBytes(32) };

  return {
    create: async (email, password) => {
      const salt = randomBytes(16);
      const account = { userId: randomUUID(), email: normal(email), salt, hash: await hashOf(password, salt), balance: 12_000 };
      if (byEmail.has(account.email)) return undefined;
      byEmail.set(account.email, account);
      byId.set(account.userId, account);
      return account;
    },
    withPassword: async (email, password) => {
      const account = byEmail.get(normal(email));
      const { salt, hash } = account ?? nobody;
      return timingSafeEqual(await hashOf(password, salt), hash) ? account : undefined;
    },
    byId: (userId) => byId.get(userId),
  };
};
