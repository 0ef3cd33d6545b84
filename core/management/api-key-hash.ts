import type { Secrets } from '../ports/secrets.ts';

/** The form in which API keys are kept and compared. */
export const apiKeyHash = (secrets: Secrets, key: string): string => secrets.hash('api-key', key);

const made = /^[sm]k_([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})_[A-Za-z0-9_-]{43}$/;

/** The id inside a key that the management API made; undefined for any other text. */
export const apiKeyId = (key: string): string | undefined => made.exec(key)?.[1];

/** A new key: 256 random bits behind its kind and id. */
export const mintApiKey = (kind: 'server' | 'management', id: string, secret: string): string =>
  `${kind === 'server' ? 'sk' : 'mk'}_${id}_${secret}`;
