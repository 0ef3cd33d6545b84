import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import type { Stepward } from '../../core/index.ts';
import type { Directory } from './directory.ts';
import { stampUndecided } from './grant.ts';
import { decideSignIn, type SignIn } from './sign-in.ts';

export type RefreshOptions = {
  readonly track: Stepward['track'];
  readonly directory: Directory;
  readonly browserOf: (ctx: KoaContextWithOIDC) => SignIn['browser'];
  readonly endAccount: (accountId: string) => Promise<void>;
  readonly uuid: () => string;
  readonly decidedWithoutCore: (clientId: string, proceeds: boolean, cause: unknown) => void;
};

/** RFC 6749 has no error for it at the token endpoint; 503 tells clients and proxies to come again. */
const unavailable = (): Error =>
  Object.assign(new errors.TemporarilyUnavailable('the refresh could not be decided'), { status: 503, statusCode: 503, expose: true });

/**
 * The decision on a refresh: asked after the token was looked at and before it is spent, so that a refusal spends nothing.
 *
 * @throws InvalidGrant where it is refused, TemporarilyUnavailable (503) where nobody could decide.
 */
export const createRefreshDecision =
  (options: RefreshOptions) =>
  async (ctx: KoaContextWithOIDC): Promise<void> => {
    const { RefreshToken: token } = ctx.oidc.entities;
    const client = options.directory.client(ctx.oidc.client?.clientId);
    const accountId = token?.accountId;
    if (!client || accountId === undefined) throw new errors.InvalidGrant('grant request is invalid');
    const decided = await decideSignIn(options.track, {
      client,
      accountId,
      flow: 'refresh',
      unmet: { acrs: [], isEssential: false },
      idempotencyKey: options.uuid(),
      // a confidential client refreshes from its own machine: that is no sign of where the user is
      ...(client.authMethod === 'none' && { browser: options.browserOf(ctx) }),
      authenticationMethods: (token?.amr ?? []).map((method) => ({ method })),
    });
    if (decided.effect === 'proceed') return stampUndecided(ctx, false);
    if (decided.effect === 'no-decision') {
      const proceeds = decided.policy === 'allow';
      options.decidedWithoutCore(client.clientId, proceeds, decided.cause);
      if (proceeds) return stampUndecided(ctx, true);
      throw unavailable();
    }
    if (decided.effect === 'deny' && decided.isBlock && client.revokeOnBlock) await options.endAccount(accountId);
    throw new errors.InvalidGrant('the refresh was refused');
  };
