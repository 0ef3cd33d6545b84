import type { InstanceRef } from '../action.ts';
import type { PolicySet } from '../policy/policies.ts';
import type { TokenKind } from '../ports/token-signer.ts';
import type { Ports } from '../settings.ts';

export type ReadToken = {
  readonly error?: 'invalid_token' | 'expired_token';
  readonly kind?: TokenKind;
  readonly ref?: InstanceRef;
  readonly scope?: string;
  /** It was given to the browser that finished the challenge. */
  readonly isProof: boolean;
};

/** Checks a token whole: signature, kind, time, epoch, tenant. No leeway. */
export const readToken = (ports: Ports, set: PolicySet, token: string, kinds: readonly TokenKind[], now: number): ReadToken => {
  const verified = ports.signer.verify(token, kinds);
  if (!verified || verified.claims.epoch !== set.epoch) return { error: 'invalid_token', isProof: false };
  const { kind, claims } = verified;
  if (claims.other.tenantId !== ports.settings.tenantId || claims.other.userId !== claims.sub)
    return { error: 'invalid_token', isProof: false };
  if (claims.exp * 1000 <= now) return { error: 'expired_token', isProof: false };
  return {
    kind,
    scope: claims.scope,
    ref: { userId: claims.sub, action: claims.other.actionCode, idempotencyKey: claims.other.idempotencyKey },
    isProof: kind !== 'track' && claims.method !== undefined,
  };
};
