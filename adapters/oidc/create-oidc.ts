import type { Router } from 'express';
import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import { addressKey, type Limiter, type Policies, type Stepward, StepwardError } from '../../core/index.ts';
import type { ProviderState } from '../../core/ports/provider-state.ts';
import type { Random } from '../../core/ports/random.ts';
import type { Secrets } from '../../core/ports/secrets.ts';
import type { Event } from '../../core/ports/store.ts';
import { accountIdOf, accountIn, contactOf, createAccounts } from './account.ts';
import { createAccountEvents } from './account-events.ts';
import { clientMetadata } from './client-metadata.ts';
import { createDirectory } from './directory.ts';
import { createInteractions } from './interaction.ts';
import type { OpenedKeys } from './keys.ts';
import { libraryAnswers } from './library-answers.ts';
import { createLogout } from './logout.ts';
import { mountOidc } from './mount.ts';
import type { OidcPages } from './pages.ts';
import { createProvider } from './provider.ts';
import { createProviderRecords } from './records.ts';
import { createRefreshDecision } from './refresh.ts';
import { createRetries } from './retries.ts';
import { answerWith } from './screen-answer.ts';
import { createSessionLogs } from './session-logs.ts';
import type { SignIn } from './sign-in.ts';
import { createStorageAdapter } from './storage.ts';
import { subjectOf, subjectSalt } from './subjects.ts';
import { createSwappable } from './swappable.ts';
import type { Fetch } from './upstream-provider.ts';
import { createUpstreams } from './upstreams.ts';

export type OidcOptions = {
  readonly stepward: Pick<Stepward, 'track' | 'consume' | 'getAction'>;
  readonly policies: Policies;
  readonly state: ProviderState;
  readonly secrets: Secrets;
  readonly random: Random;
  readonly pages: OidcPages;
  readonly limiter: Limiter;
  readonly publicUrl: URL;
  readonly development: boolean;
  /** Takes no private address, follows nothing, and ends in time. */
  readonly fetch: Fetch;
  readonly now: () => number;
  readonly log: Record<'warn' | 'error', (fields: Readonly<Record<string, unknown>>, message: string) => void>;
  /** A sign-in or refresh that the core could not decide. */
  readonly decidedWithoutCore: (clientId: string, proceeds: boolean) => void;
};

export type Oidc = {
  /** To be mounted at the root. */
  readonly router: Router;
  /** Takes what the core tells of its users. */
  heard(event: Event): Promise<void>;
  stop(): void;
};

/** Characters of a header that are kept. */
const longestHeader = 1024;

/** The OpenID provider of Stepward. */
export const createOidc = (options: OidcOptions): Oidc => {
  const { stepward, policies, secrets, random, pages, publicUrl, now, log } = options;
  const directory = createDirectory(policies);
  const sealed = {
    state: options.state,
    secrets,
    now,
    epoch: async () => (await policies.current()).epoch,
    warn: (message: string, cause?: unknown) => log.warn({ cause }, message),
  };
  const records = createProviderRecords(sealed);
  const logs = createSessionLogs(records, now);
  const accounts = createAccounts(records, now);
  const handle = (): string => Buffer.from(random.bytes(32)).toString('base64url');
  const uuid = (): string => random.uuid(now());
  const secretOf = (purpose: string): string => secrets.hash(`oidc-${purpose}`, 'v1');

  const browserOf = ({ req, res }: KoaContextWithOIDC): NonNullable<SignIn['browser']> => {
    const deviceId = pages.device(req, res, false);
    const { userAgent, acceptLanguage, ...browser } = pages.browser(req);
    const [agent, language] = [userAgent, acceptLanguage].map((header) => header?.slice(0, longestHeader));
    return { ...browser, userAgent: agent, acceptLanguage: language, ...(deviceId !== undefined && { deviceId }) };
  };
  const decidedWithoutCore = (clientId: string, proceeds: boolean, cause: unknown): void => {
    log.error({ clientId, proceeds, err: cause }, 'a sign-in could not be decided');
    options.decidedWithoutCore(clientId, proceeds);
  };

  const upstreams = createUpstreams({
    records,
    secrets,
    random,
    fetch: options.fetch,
    publicUrl: publicUrl.origin,
    now,
    development: options.development,
    log: (message) => log.warn({}, message),
  });

  const endings = createRetries((_, cause) =>
    log.error({ err: cause }, 'sessions were not ended after an authenticator or a user was removed'),
  );
  const retries = createRetries((clientId, cause) => log.error({ clientId, err: cause }, 'a client was not told of a sign-out'));
  const logout = createLogout({
    upstreams,
    directory,
    logs,
    records,
    accountIdOf,
    provider: () => provider(),
    pages,
    publicUrl: publicUrl.origin,
    now,
    handle,
  });
  const decideRefresh = createRefreshDecision({
    track: stepward.track,
    directory,
    browserOf,
    endAccount: logout.endAccount,
    uuid,
    decidedWithoutCore,
  });
  const adapter = createStorageAdapter({
    ...sealed,
    clients: async (clientId) => {
      const client = directory.client(clientId);
      return client && clientMetadata(client);
    },
  });

  const build = ({ jwks }: OpenedKeys): Provider =>
    createProvider({
      issuer: `${publicUrl.origin}/oidc`,
      secrets,
      adapter,
      jwks,
      cookieKeys: [secretOf('cookies')],
      dpopNonceSecret: Buffer.from(secretOf('dpop-nonce'), 'base64url'),
      isSecure: publicUrl.protocol === 'https:',
      accounts,
      directory,
      subjectOf: async (ctx, accountId, client) => {
        const account = client.subject === 'upstream' ? (accountIn(ctx, accountId) ?? (await accounts.find(accountId))) : undefined;
        return subjectOf(account, accountId, client, () => subjectSalt(policies, secrets));
      },
      decision: {
        track: stepward.track,
        consume: stepward.consume,
        directory,
        logs,
        contactOf: (ctx) => {
          const account = accountIn(ctx, ctx.oidc.session?.accountId ?? '');
          return account && contactOf(account);
        },
        browserOf,
        endAccount: logout.endAccount,
        now,
        uuid,
        nonce: handle,
        decidedWithoutCore,
      },
      decideRefresh,
      fetch: (input, init) => options.fetch(input instanceof Request ? input.url : input, init as Parameters<Fetch>[1]),
      renderError: async (ctx, { error }, cause) => {
        const reference = uuid();
        log.warn({ error, reference, err: cause }, 'a request to the provider was refused');
        await answerWith(pages, ctx, { screen: 'host-error', error, reference }, ctx.status);
      },
      logoutSource: logout.ask,
      loggedOutSource: logout.done,
      middleware: [libraryAnswers(pages, publicUrl.origin), logout.middleware],
      undelivered: (clientId, again, cause) => {
        log.warn({ clientId, err: cause }, 'a client could not be told of a sign-out, it is tried again');
        retries.later(clientId, again, cause);
      },
      failed: (cause) => log.error({ err: cause }, 'the provider failed'),
    });

  // Koa composes anew at each call of `callback`
  const served = createSwappable({ policies, secrets, now }, (keys) => {
    const provider = build(keys);
    return { provider, callback: provider.callback() };
  });
  const provider = async (): Promise<Provider> => (await served()).provider;

  const interactions = createInteractions({
    provider,
    directory,
    upstreams,
    accounts,
    pages,
    stateOf: async ({ action }, { accountId, idempotencyKey }) => {
      const found = await stepward.getAction({ userId: accountId, action, idempotencyKey }).catch((error: unknown) => {
        if (error instanceof StepwardError && error.code === 'not_found') return undefined;
        throw error;
      });
      return typeof found?.state === 'string' ? found.state : undefined;
    },
    publicUrl: publicUrl.origin,
  });

  const router = mountOidc({
    publicUrl,
    refresh: directory.refresh,
    interactions,
    more: logout.router,
    callback: async () => (await served()).callback,
    pages,
    admitted: (request) => options.limiter.take('host-address', addressKey(pages.browser(request).ipAddress ?? '') ?? 'unknown'),
    log,
    reference: uuid,
  });
  const heard = createAccountEvents({
    directory,
    records,
    endAccount: logout.endAccount,
    failed: (again, cause) => endings.later('account', again, cause),
  });
  return {
    router,
    heard,
    stop: () => {
      retries.stop();
      endings.stop();
    },
  };
};
