import { createHmac, randomBytes } from 'node:crypto';
import { type OidcClient, type Policies, StepwardError } from '../../core/index.ts';
import type { Secrets } from '../../core/ports/secrets.ts';
import type { Account } from './account.ts';

const name = 'oidc-subject-salt/1';
const context = 'oidc-subject-salt';

/**
 * The salt of pairwise subjects (OpenID Connect Core §8.1): made once, the same on every node. It is kept by itself, sealed, and not
 * taken from the encryption keys: applications know their users by what is made of it, for ever.
 */
export const subjectSalt = async (policies: Policies, secrets: Secrets): Promise<string> => {
  const opened = (body: unknown): string => secrets.open(context, (body as { readonly sealed: string }).sealed);
  const known = (await policies.current()).others.get(name);
  if (known !== undefined) return opened(known);
  const made = secrets.seal(context, randomBytes(32).toString('base64url'));
  return policies.change((set) => {
    const kept = set.others.get(name);
    if (kept !== undefined) return { answer: opened(kept) };
    return {
      put: [{ kind: 'oidc-subject-salt', id: '1', body: { sealed: made } }],
      audit: [{ actor: 'start', what: 'oidc-subject-salt.created', subject: '1' }],
      answer: opened({ sealed: made }),
    };
  });
};

/** What a client calls this user by. */
export const subjectOf = async (
  account: Account | undefined,
  accountId: string,
  { clientId, subject }: Pick<OidcClient, 'clientId' | 'subject'>,
  salt: () => Promise<string>,
): Promise<string> => {
  if (subject === 'own') return accountId;
  if (subject === 'pairwise')
    return createHmac('sha256', await salt())
      .update(`${clientId}\n${accountId}`)
      .digest('base64url');
  if (!account) throw new StepwardError('internal_error', 'an account is gone that a token still names');
  return account.sub;
};
