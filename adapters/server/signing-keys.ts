import type { Policies } from '../../core/index.ts';
import type { Secrets } from '../../core/ports/secrets.ts';
import { generateSigningKey, type SigningKey } from '../tokens/signing-key.ts';

const context = 'signing-key';

/** The keys that tokens are signed with: made at the first start, sealed in the database, the same on every node. */
export const signingKeys = async (policies: Policies, secrets: Secrets): Promise<readonly SigningKey[]> => {
  const made = generateSigningKey();
  return policies.change((set) => {
    const stored = [...set.others]
      .filter(([name]) => name.startsWith('signing-key/'))
      .map(([, body]) => body as { readonly kid: string; readonly sealed: string });
    if (stored.length > 0) return { answer: stored.map(({ kid, sealed }) => ({ kid, jwk: JSON.parse(secrets.open(context, sealed)) })) };
    const body = { kid: made.kid, sealed: secrets.seal(context, JSON.stringify(made.jwk)) };
    return {
      answer: [made],
      put: [{ kind: 'signing-key', id: made.kid, body }],
      audit: [{ actor: 'start', what: 'signing-key.created', subject: made.kid }],
    };
  });
};
