import type { InstanceRef } from '../action.ts';
import type { ProofMethod } from '../policy/methods.ts';

/** A caller of the client API: what its token says, and where it calls from. */
export type ClientCaller = {
  readonly ref: InstanceRef;
  readonly kind: 'track' | 'proof';
  /** `jti`. */
  readonly tokenId: string;
  readonly scope: string;
  /** How and when (seconds) the proof of a proof token was given. */
  readonly proof?: { readonly method: ProofMethod; readonly authTime: number };
  readonly ipAddress?: string;
  readonly userAgent?: string;
};
