import { base64url } from '../base64url.ts';
import type { ProofMethod } from '../policy/methods.ts';
import type { AppClient, PolicySet } from '../policy/policies.ts';
import type { Lasting } from '../ports/store.ts';
import type { SessionClaims } from '../ports/token-signer.ts';
import type { Ports } from '../settings.ts';
import type { SessionTokens } from '../stepward.ts';
import type { User } from '../user.ts';

/** One session of a user with an app client, and the family of its refresh tokens, of which one counts at a time. */
export type Session = Lasting & {
  readonly sid: string;
  readonly userId: string;
  /** Of the user when it was opened. */
  readonly era: string;
  readonly clientId: string;
  /** `AppClient.id`. */
  readonly client: string;
  readonly epoch: number;
  readonly openedAt: number;
  /** The proof that opened it; absent where an ALLOW did. */
  readonly proof?: { readonly method: ProofMethod; readonly acr?: string; readonly amr: readonly string[]; readonly authTime: number };
  /** Keyed hash of the refresh token that counts, and of the one before it with the time of its rotation. */
  readonly refreshHash: string;
  readonly previousHash?: string;
  readonly rotatedAt?: number;
  readonly revokedAt?: number;
};

export const sessionKey = (sid: string): string => `session:${sid}`;

/** A session never outlives what its client says now. */
const endOf = ({ until, openedAt }: Session, client: AppClient): number => Math.min(until, openedAt + client.refreshTokenSeconds * 1000);

/** The app client of a session that lives: not revoked, over, of a time before a restore, or of a user or client that has gone. */
export const livingClient = (set: PolicySet, session: Session | undefined, user: User | undefined, now: number): AppClient | undefined => {
  if (!session || session.revokedAt !== undefined || session.epoch !== set.epoch) return undefined;
  if (user?.userId !== session.userId || user.sessionEra === undefined || user.sessionEra !== session.era) return undefined;
  const client = set.appClients.get(session.clientId);
  return client?.id === session.client && now < endOf(session, client) ? client : undefined;
};

/** 22 characters that say which session, and 256 bits that only the holder knows. */
const parts = /^([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})$/;
const refreshToken = (ports: Ports, sid: string, secret: string): string => `${ports.secrets.veil('session', sid)}.${secret}`;

export const firstRefreshToken = (ports: Ports, sid: string): string => refreshToken(ports, sid, base64url(ports.random.bytes(32)));

/** The session that a refresh token names; it may not exist. */
export const sidOf = (ports: Ports, token: string): string | undefined => {
  const [, veiled] = parts.exec(token) ?? [];
  return veiled === undefined ? undefined : ports.secrets.unveil('session', veiled);
};

/**
 * The token that follows this one. It is made from the one before and a key of ours, so that it can be told again to who lost the
 * answer without being kept.
 */
export const nextRefreshToken = (ports: Ports, sid: string, token: string): string =>
  refreshToken(ports, sid, ports.secrets.hash('refresh-next', token));

export const refreshHash = (ports: Ports, token: string): string => ports.secrets.hash('refresh', token);

/** The pair that a session hands out: an access token (RFC 9068) and this refresh token. */
export const tokensOf = (ports: Ports, session: Session, client: AppClient, refresh: string, now: number): SessionTokens => {
  const { sid, userId, epoch, proof } = session;
  const iat = Math.floor(now / 1000);
  const claims: SessionClaims = {
    iss: ports.settings.publicUrl,
    sub: userId,
    aud: client.clientId,
    client_id: client.clientId,
    sid,
    jti: ports.random.uuid(now),
    iat,
    exp: Math.min(iat + client.accessTokenSeconds, Math.floor(endOf(session, client) / 1000)),
    epoch,
    ...(proof && { acr: proof.acr, amr: proof.amr, auth_time: Math.floor(proof.authTime / 1000) }),
  };
  return { accessToken: ports.signer.signSession(claims), refreshToken: refresh };
};
