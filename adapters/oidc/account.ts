import { createHash } from 'node:crypto';
import type { AccountClaims, FindAccount, KoaContextWithOIDC } from 'oidc-provider';
import { normaliseEmail, normalisePhone, StepwardError } from '../../core/index.ts';
import type { Directory } from './directory.ts';
import { isUndecided } from './grant.ts';
import type { ProviderRecords } from './records.ts';
import type { SignIn } from './sign-in.ts';
import type { UpstreamLogin } from './upstream.ts';

/** Whom an upstream signed in, and what it said of him last. */
export type Account = {
  readonly accountId: string;
  readonly upstream: string;
  readonly iss: string;
  readonly sub: string;
  readonly claims: Readonly<Record<string, unknown>>;
};

export type Accounts = {
  /** Keeps what the upstream said and answers the account. */
  signedIn(login: UpstreamLogin): Promise<string>;
  find(accountId: string): Promise<Account | undefined>;
};

/** As long as the longest grant, and a day: whoever holds a refresh token can be told of. */
const keptFor = 15 * 86_400_000;

/** The account of a subject at an issuer; never of an e-mail address, which changes hands. */
export const accountIdOf = (iss: string, sub: string): string =>
  createHash('sha256').update(`stepward-account-v1\n${iss.length}\n${iss}\n${sub}`).digest('base64url');

/** The account that a request has looked up already. */
export const accountIn = (ctx: KoaContextWithOIDC | undefined, accountId: string): Account | undefined => {
  const found = (ctx?.oidc?.account as { readonly account?: Account } | undefined)?.account;
  return found?.accountId === accountId ? found : undefined;
};

export const createAccounts = (records: Pick<ProviderRecords, 'put' | 'find'>, now: () => number): Accounts => ({
  signedIn: async ({ upstream, iss, sub, claims }) => {
    const accountId = accountIdOf(iss, sub);
    const account: Account = { accountId, upstream, iss, sub, claims };
    await records.put('Account', accountId, account, { expiresAt: now() + keptFor });
    return accountId;
  },
  find: (accountId) => records.find('Account', accountId),
});

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' && value.length <= 254 ? value : undefined);

/** An address as the core has it; one that it would refuse is left out, so that its owner is not. */
const usable = (address: string | undefined, normalise: (text: string) => string): string | undefined => {
  try {
    return address === undefined ? undefined : normalise(address);
  } catch (error) {
    if (error instanceof StepwardError) return undefined;
    throw error;
  }
};

/** What the rules and the pages may know of a user; an address only where the upstream vouches for it, else nobody could enroll safely. */
export const contactOf = ({ claims }: Account): NonNullable<SignIn['contact']> => {
  const email = claims.email_verified === true ? usable(text(claims.email), normaliseEmail) : undefined;
  const phoneNumber = claims.phone_number_verified === true ? usable(text(claims.phone_number), normalisePhone) : undefined;
  const username = text(claims.preferred_username);
  const locale = text(claims.locale);
  return {
    ...(email !== undefined && { email, emailVerified: true }),
    ...(phoneNumber !== undefined && { phoneNumber, phoneNumberVerified: true }),
    ...(username !== undefined && { username }),
    ...(locale !== undefined && locale.length <= 35 && { locale }),
  };
};

const ours = 'stepward_user_id';

/** Claims of an account for one client: those that it may have, of the upstream's; and at userinfo what its token was given for. */
export const findAccount =
  (accounts: Accounts, directory: Directory): FindAccount =>
  async (ctx: KoaContextWithOIDC, accountId, token) => {
    const account = await accounts.find(accountId);
    // nobody vouches any more for whom an upstream signed in that was removed, or that is another one now
    if (!account || directory.upstream(account.upstream)?.issuer !== account.iss) return undefined;
    return {
      accountId,
      account,
      claims: async (use): Promise<AccountClaims> => {
        const client = directory.client(ctx.oidc.client?.clientId);
        const allowed = (client?.claims ?? []).filter((name) => name !== ours && Object.hasOwn(account.claims, name));
        const { acr, amr, auth_time } = (token && 'extra' in token ? (token.extra ?? {}) : {}) as Readonly<Record<string, unknown>>;
        return {
          ...Object.fromEntries(allowed.map((name) => [name, account.claims[name]])),
          ...(client?.claims.includes(ours) && { [ours]: accountId }),
          ...(use === 'userinfo' && { acr, amr, auth_time }),
          ...(isUndecided(ctx) && { stepward_undecided: true }),
          sub: accountId,
        };
      },
    };
  };
