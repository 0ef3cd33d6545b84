import { createHash } from 'node:crypto';
import type { PostLoginEvent } from './event.ts';
import { text } from './values.ts';

// Ties the action instance to this login; absent where Auth0 tells of none.
export const bindingOf = ({ tenant, transaction }: PostLoginEvent, nonce: string): string | undefined =>
  text(tenant?.id) && text(transaction?.id)
    ? createHash('sha256').update(`stepward-auth0-v1\n${tenant?.id}\n${transaction?.id}\n${nonce}`).digest('base64url')
    : undefined;
