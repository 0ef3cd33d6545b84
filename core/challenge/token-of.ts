import type { InstanceRef } from '../action.ts';
import type { Instance } from '../instance.ts';
import type { ProofMethod } from '../policy/methods.ts';
import type { PolicySet } from '../policy/policies.ts';
import type { TokenKind } from '../ports/token-signer.ts';
import type { Ports } from '../settings.ts';

export type ReadToken = {
  readonly error?: 'invalid_token' | 'expired_token';
  readonly kind?: TokenKind;
  readonly ref?: InstanceRef;
  readonly scope?: string;
  /** `jti`. */
  readonly tokenId: string;
  /** It was given to the browser that finished the challenge. */
  readonly isProof: boolean;
  /** How and when (seconds) the proof was given that it stands for. */
  readonly proof?: { readonly method: ProofMethod; readonly authTime: number };
};

const refused = (error: 'invalid_token' | 'expired_token'): ReadToken => ({ error, tokenId: '', isProof: false });

/** Checks a token whole: signature, kind, time, epoch, tenant. No leeway. */
export const readToken = (ports: Ports, set: PolicySet, token: string, kinds: readonly TokenKind[], now: number): ReadToken => {
  const verified = ports.signer.verify(token, kinds);
  if (!verified || verified.claims.epoch !== set.epoch) return refused('invalid_token');
  const { kind, claims } = verified;
  if (claims.other.tenantId !== ports.settings.tenantId || claims.other.userId !== claims.sub) return refused('invalid_token');
  if (claims.exp * 1000 <= now) return refused('expired_token');
  return {
    kind,
    scope: claims.scope,
    ref: { userId: claims.sub, action: claims.other.actionCode, idempotencyKey: claims.other.idempotencyKey },
    tokenId: claims.jti,
    isProof: kind !== 'track' && claims.method !== undefined,
    ...(kind !== 'track' &&
      claims.method !== undefined &&
      claims.auth_time !== undefined && { proof: { method: claims.method as ProofMethod, authTime: claims.auth_time } }),
  };
};

/** Whether a token stands for the proof that the instance has now: one from before the challenge was owed again does not. */
export const isProofOf = (read: ReadToken, { proof }: Pick<Instance, 'proof'>): boolean =>
  read.isProof && proof !== undefined && read.proof?.authTime === Math.floor(proof.authTime / 1000);
