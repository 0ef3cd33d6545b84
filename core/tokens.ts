import type { Instance } from './instance.ts';
import type { TokenClaims, TokenKind } from './ports/token-signer.ts';
import type { Ports } from './settings.ts';

const returnSeconds = 120;
const scopeWords = new Set(['read:authenticators', 'add:authenticators', 'update:authenticators', 'remove:authenticators']);

/** Splits a scope into the words that exist and those that do not. */
export const parseScope = (scope: string | undefined): { readonly scope: string; readonly unknown: readonly string[] } => {
  const words = (scope ?? '').split(' ').filter(Boolean);
  const known = words.filter((word) => scopeWords.has(word));
  return {
    scope: (known.length > 0 ? [...new Set(known)] : ['read:authenticators']).join(' '),
    unknown: words.filter((word) => !scopeWords.has(word)),
  };
};

/** What a token is minted from. */
type TokenBasis = Pick<Instance, 'userId' | 'action' | 'idempotencyKey' | 'epoch' | 'proof' | 'state' | 'scope' | 'expiresAt'>;

const claimsOf = (ports: Ports, kind: TokenKind, basis: TokenBasis, minutes: number, now: number, tokenId?: string): TokenClaims => {
  const { userId, action, idempotencyKey, epoch, proof } = basis;
  const { tenantId, publicUrl } = ports.settings;
  const iat = Math.floor(now / 1000);
  const lives = kind === 'return' ? returnSeconds : minutes * 60;
  const proven = kind !== 'track' && basis.state === 'CHALLENGE_SUCCEEDED' && proof;
  const scope = kind === 'proof' ? [...new Set([...basis.scope.split(' '), 'add:authenticators'])].join(' ') : basis.scope;
  return {
    iss: publicUrl,
    sub: userId,
    aud: tenantId,
    jti: tokenId ?? ports.random.uuid(now),
    iat,
    // after the challenge lapsed a replayed track shows a token that is as dead as its url
    exp: kind === 'track' && now >= basis.expiresAt ? Math.floor(basis.expiresAt / 1000) : iat + lives,
    epoch,
    ...(kind === 'return' ? {} : { scope }),
    other: { tenantId, userId, actionCode: action, idempotencyKey },
    ...(proven && { acr: proof.acr, amr: proof.amr, auth_time: Math.floor(proof.authTime / 1000), method: proof.method }),
  };
};

/**
 * Mints a token of one instance. Proof claims are in proof tokens, and in return tokens of an instance that succeeded; a track token
 * lives no longer than a challenge can be met.
 *
 * @param tokenId its `jti`, where something rests on it.
 */
export const mintToken = (ports: Ports, kind: TokenKind, instance: TokenBasis, minutes: number, now: number, tokenId?: string): string =>
  ports.signer.sign(kind, claimsOf(ports, kind, instance, minutes, now, tokenId));

/** 128 bits of a keyed hash: unguessable, single instance, and made again where it must be shown again instead of being stored. */
const derived = (ports: Pick<Ports, 'secrets'>, purpose: string, of: string): string => ports.secrets.hash(purpose, of).slice(0, 22);

/** `c` of an instance's `url`. */
export const challengeSecret = (ports: Pick<Ports, 'secrets'>, instanceId: string): string => ports.secrets.veil('c', instanceId);

/** The instance that a `c` stands for, if there is one. */
export const instanceOf = (ports: Pick<Ports, 'secrets'>, c: string): string | undefined => ports.secrets.unveil('c', c);

/** The ticket of a finished instance: for the browser that finished it, and only that finish. */
export const ticketOf = (ports: Pick<Ports, 'secrets'>, instance: Pick<Instance, 'instanceId' | 'finishedAt'>): string =>
  derived(ports, 'ticket-of', `${instance.instanceId}|${instance.finishedAt ?? 0}`);
