import { createHash } from 'node:crypto';

/** What ties an action instance to one round of one sign-in; the nonce never leaves Cognito's private parameters. */
export type Round = {
  readonly userPoolId: string;
  readonly clientId: string;
  readonly sub: string;
  readonly action: string;
  readonly key: string;
  readonly nonce: string;
};

export const bindingOf = ({ userPoolId, clientId, sub, action, key, nonce }: Round): string =>
  createHash('sha256').update(['stepward-cognito-v1', userPoolId, clientId, sub, action, key, nonce].join('\n')).digest('base64url');
