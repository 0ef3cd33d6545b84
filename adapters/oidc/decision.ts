import { createHash } from 'node:crypto';
import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import type { OidcClient, Stepward } from '../../core/index.ts';
import { assess } from './assess.ts';
import type { Directory } from './directory.ts';
import { type FactorLog, type FactorProof, withProof, withUse } from './factor-log.ts';
import { stampUndecided } from './grant.ts';
import { asksForAcr, isImpossible, type Requested, requestedOf } from './requested.ts';
import { type Held, type Owed, type Round, type RoundResult, roundOf, type SessionLog, type UpstreamResult } from './round.ts';
import { type Decided, decideSignIn, type SignIn, useChallenge } from './sign-in.ts';

/** What the decision inside an authorization request needs of its surroundings. */
export type DecisionOptions = {
  readonly track: Stepward['track'];
  readonly consume: Stepward['consume'];
  readonly directory: Directory;
  readonly logs: {
    find(sessionUid: string): Promise<SessionLog | undefined>;
    put(sessionUid: string, log: SessionLog): Promise<void>;
  };
  readonly contactOf: (ctx: KoaContextWithOIDC) => SignIn['contact'];
  readonly browserOf: (ctx: KoaContextWithOIDC) => SignIn['browser'];
  readonly endAccount: (accountId: string) => Promise<void>;
  readonly now: () => number;
  readonly uuid: () => string;
  readonly nonce: () => string;
  readonly decidedWithoutCore: (clientId: string, proceeds: boolean, cause: unknown) => void;
};

/** What a check of the library answers. */
const prompt = true;
const pass = false;

/** A log that nothing new was said in is written again after so long, so that its idle time is known. */
const touchAfter = 60_000;

/** The login session that an action instance is tied to. */
export const bindingOf = (clientId: string, nonce: string): string =>
  createHash('sha256').update(`stepward-oidc-v1\n${clientId}\n${nonce}`).digest('base64url');

const withUpstream = (log: FactorLog | undefined, accountId: string, { id, sid, amr, at }: UpstreamResult, beganAt: number): FactorLog => {
  const before = log?.upstream === id ? log : { accountId, upstream: id, proofs: [], usedAt: beganAt };
  return withProof({ ...before, ...(sid !== undefined && { upstreamSid: sid }) }, { by: 'upstream', at, amr }, beganAt);
};

/** What a decision is taken over, and what it is written into. */
export type Decision = {
  /** A session without its log or account, or of another upstream than the client's, is none. */
  needsSignIn(ctx: KoaContextWithOIDC): Promise<boolean>;
  /** Whether a challenge is owed. Whatever refuses is an error of the library. */
  isOwed(ctx: KoaContextWithOIDC): Promise<boolean>;
  beganAt(ctx: KoaContextWithOIDC): number;
  owed(ctx: KoaContextWithOIDC): Owed | Held | undefined;
};

/** The decision inside an authorization request: asked once for each, used where a challenge was owed, settled in session and tokens. */
export const createDecision = (options: DecisionOptions): Decision => {
  const { now } = options;

  /** The log of this session and account, the upstream's sign-in of this round in it. */
  const logOf = (ctx: KoaContextWithOIDC): Promise<SessionLog | undefined> => {
    const round = roundOf(ctx, now);
    round.log ??= loadLog(ctx, round);
    return round.log;
  };
  const loadLog = async (ctx: KoaContextWithOIDC, { result, beganAt }: Round): Promise<SessionLog | undefined> => {
    const { session } = ctx.oidc;
    const { accountId } = session ?? {};
    if (!session || accountId === undefined) return undefined;
    const found = await options.logs.find(session.uid);
    const stored = found?.log.accountId === accountId ? found : undefined;
    if (result.upstream === undefined || result.login?.accountId !== accountId) return stored;
    const idToken = result.upstream.idToken ?? stored?.idToken;
    return { log: withUpstream(stored?.log, accountId, result.upstream, beganAt), ...(idToken !== undefined && { idToken }) };
  };

  /** A session without its log or account, or of another upstream than the client's, is none. */
  const needsSignIn = async (ctx: KoaContextWithOIDC): Promise<boolean> => {
    if (ctx.oidc.session?.accountId === undefined) return false;
    const client = clientOf(ctx);
    const kept = await logOf(ctx);
    if (ctx.oidc.entities.Account === undefined) return true;
    return kept === undefined || (client.upstream !== undefined && client.upstream !== kept.log.upstream);
  };

  const clientOf = (ctx: KoaContextWithOIDC): OidcClient => {
    const client = options.directory.client(ctx.oidc.client?.clientId);
    if (!client) throw new errors.InvalidClient('client is invalid', 'client not found');
    return client;
  };

  const decide = async (ctx: KoaContextWithOIDC): Promise<boolean> => {
    const round = roundOf(ctx, now);
    const accountId = ctx.oidc.session?.accountId;
    const client = clientOf(ctx);
    const kept = await logOf(ctx);
    // sign-in has its own prompt, which comes first
    if (accountId === undefined || kept === undefined) throw new errors.AccessDenied('there is no sign-in');
    const requested = requestedOf(ctx.oidc.params ?? {});
    const passed = round.result.stepward;
    if (passed?.accountId === accountId) return settle(ctx, kept, undefined, requested, client, passed.usedRisk, passed.isUndecided);

    const owed = owedBefore(ctx, accountId);
    if (owed) return use(ctx, kept, client, owed, requested);

    const isMet = assess(kept.log, ask(round, requested)).met;
    if (isImpossible(requested)) throw unmet();
    return act(ctx, kept, client, requested, isMet ? { ...requested, acrs: [], isEssential: false } : requested);
  };

  const ask = ({ beganAt }: Round, { acrs, isEssential, maxAge }: Requested) => ({
    requested: acrs,
    essential: isEssential,
    beganAt,
    now: now(),
    ...(maxAge !== undefined && { maxAge }),
  });

  /** Asks the core; comes back with another answer once where nobody insists on an acr that is out of reach. */
  const act = async (
    ctx: KoaContextWithOIDC,
    kept: SessionLog,
    client: OidcClient,
    requested: Requested,
    asked: Requested,
  ): Promise<boolean> => {
    const nonce = options.nonce();
    const accountId = kept.log.accountId;
    const idempotencyKey = options.uuid();
    const decided = await decideSignIn(options.track, {
      client,
      accountId,
      flow: ctx.oidc.prompts.has('none') ? 'silent' : 'interactive',
      unmet: asked,
      binding: bindingOf(client.clientId, nonce),
      idempotencyKey,
      contact: options.contactOf(ctx),
      browser: options.browserOf(ctx),
      authenticationMethods: methodsOf(kept.log),
    });
    const isStrict = client.strictAcr || requested.isEssential;
    switch (decided.effect) {
      case 'proceed':
        return settle(ctx, kept, decided.proof, requested, client, decided.usedRisk);
      case 'step-up':
        roundOf(ctx, now).owed = { kind: 'challenge', accountId, idempotencyKey, nonce, c: decided.c };
        return prompt;
      case 'interaction-required':
        return prompt;
      case 'hold':
        roundOf(ctx, now).owed = { kind: 'review', accountId, idempotencyKey, nonce };
        return prompt;
      case 'out-of-reach':
        if (isStrict) throw unmet();
        return act(ctx, kept, client, requested, { ...asked, acrs: [], isEssential: false });
      case 'deny':
        return deny(client, accountId, decided.isBlock);
      case 'no-decision':
        return withoutDecision(ctx, kept, client, requested, decided);
    }
  };

  /** Only a client that was set to `allow` lets a sign-in pass that nobody decided; what it asks for by name stays asked for. */
  const withoutDecision = async (
    ctx: KoaContextWithOIDC,
    kept: SessionLog,
    client: OidcClient,
    requested: Requested,
    { policy, cause }: Extract<Decided, { effect: 'no-decision' }>,
  ): Promise<boolean> => {
    options.decidedWithoutCore(client.clientId, policy === 'allow', cause);
    if (policy !== 'allow') throw new errors.TemporarilyUnavailable('the sign-in could not be decided');
    return settle(ctx, kept, undefined, requested, client, false, true);
  };

  const use = async (
    ctx: KoaContextWithOIDC,
    kept: SessionLog,
    client: OidcClient,
    owed: Owed | Held,
    requested: Requested,
  ): Promise<boolean> => {
    const round = roundOf(ctx, now);
    const { maxAge } = requested;
    // where the session meets it without the challenge, the challenge may be any: its page offered what the rules permit
    const mustMeet = (client.strictAcr || requested.isEssential) && !assess(kept.log, ask(round, requested)).met;
    const used = await useChallenge(
      options.consume,
      client,
      kept.log.accountId,
      {
        idempotencyKey: owed.idempotencyKey,
        binding: bindingOf(client.clientId, owed.nonce),
        // the interaction is spent with this request: nobody can ask again, so that no answer is repeated
        consumeKey: options.nonce(),
        ...(round.result.stepwardTicket !== undefined && { ticket: round.result.stepwardTicket }),
      },
      {
        ...(mustMeet ? requested : { acrs: [], isEssential: false }),
        ...(maxAge !== undefined && { maxAge: maxAge + Math.ceil((now() - round.beganAt) / 1000) }),
      },
    );
    switch (used.effect) {
      case 'proceed':
        return settle(ctx, kept, used.proof, requested, client, used.usedRisk);
      case 'unmet':
        throw unmet();
      case 'no-answer':
        throw new errors.TemporarilyUnavailable('the challenge could not be looked at, try again');
      case 'deny':
        return deny(client, kept.log.accountId, used.isBlock);
    }
  };

  const deny = async ({ revokeOnBlock }: OidcClient, accountId: string, isBlock: boolean): Promise<never> => {
    if (isBlock && revokeOnBlock) await options.endAccount(accountId);
    throw new errors.AccessDenied('the sign-in was refused');
  };

  /** Lets the request pass with the assurance that the session has now. */
  const settle = async (
    ctx: KoaContextWithOIDC,
    kept: SessionLog,
    proof: FactorProof | undefined,
    requested: Requested,
    client: OidcClient,
    usedRisk: boolean,
    isUndecided = false,
  ): Promise<boolean> => {
    const round = roundOf(ctx, now);
    const { session, result } = ctx.oidc;
    if (!session) throw new errors.AccessDenied('there is no sign-in');
    const log = withUse(proof ? withProof(kept.log, proof, round.beganAt) : kept.log, round.beganAt);
    const { acr, amr, authTime, met } = assess(log, { ...ask(round, requested), usedRisk });
    if (authTime === undefined) throw new errors.LoginRequired('the sign-in is older than asked for');
    if (!met && (client.strictAcr || requested.isEssential) && asksForAcr(requested)) throw unmet();
    if (proof || round.result.upstream || log.awakeSince !== kept.log.awakeSince || log.usedAt - kept.log.usedAt > touchAfter)
      await options.logs.put(session.uid, { ...kept, log });
    await stampUndecided(ctx, isUndecided);
    session.acr = acr;
    session.amr = [...amr];
    session.loginTs = authTime;
    const after: RoundResult = { ...round.result, beganAt: round.beganAt, stepward: { accountId: log.accountId, usedRisk, isUndecided } };
    Object.assign(ctx.oidc, { result: { ...result, ...after } });
    return pass;
  };

  return {
    needsSignIn,
    isOwed: decide,
    beganAt: (ctx) => roundOf(ctx, now).beganAt,
    owed: (ctx) => roundOf(ctx, now).owed,
  };
};

const unmet = (): Error => new errors.UnmetAuthenticationRequirements('the requested authentication context was not reached');

/** What this authorization request owed before, where it is the same account's. */
const owedBefore = (ctx: KoaContextWithOIDC, accountId: string): Owed | Held | undefined => {
  const prompt = ctx.oidc.entities.Interaction?.prompt;
  if (prompt?.name !== 'stepward') return undefined;
  const { owed } = prompt.details as { readonly owed?: Owed | Held };
  return owed?.accountId === accountId ? owed : undefined;
};

/** RFC 8176 values of the session's proofs, for the rules. */
const methodsOf = ({ proofs }: FactorLog): SignIn['authenticationMethods'] =>
  proofs.flatMap(({ amr, at }) => amr.map((method) => ({ method, at: new Date(at).toISOString() }))).slice(0, 20);
