import { Provider } from 'oidc-provider';
import type { Secrets } from '../../core/ports/secrets.ts';
import { throwAsserted } from './assertions.ts';
import { holdClients } from './client-rules.ts';
import { type ConfigurationOptions, claimsOfScopes, configurationOf } from './configuration.ts';
import { passOtherClaims } from './other-claims.ts';

export type ProviderOptions = ConfigurationOptions & {
  readonly issuer: string;
  readonly secrets: Pick<Secrets, 'hash' | 'equal'>;
  /** In this order, around what the library answers. */
  readonly middleware: readonly Parameters<Provider['use']>[0][];
  /** A client could not be told in time that a session is over. */
  readonly undelivered: (clientId: string, again: () => Promise<void>, cause: unknown) => void;
  readonly failed: (cause: unknown) => void;
};

type Tell = (this: object, sub: string, sid?: string) => Promise<void>;

/** A page waits no longer than that for the clients of a session to be told. */
const logoutMs = 2_000;

/** The library's provider, with what it has no setting for: hashed secrets, two at a time, and a bound on back-channel logout. */
export const createProvider = (options: ProviderOptions): Provider => {
  const provider = new Provider(options.issuer, configurationOf(options));
  provider.proxy = true;
  throwAsserted(provider);
  for (const one of options.middleware) provider.use(one);
  passOtherClaims(provider, new Set(Object.values(claimsOfScopes).flat()));
  holdClients(provider, options.secrets);
  const { prototype } = provider.Client;
  const tell = prototype.backchannelLogout as unknown as Tell;
  Object.assign(prototype, {
    async backchannelLogout(this: { readonly clientId: string }, sub: string, sid?: string): Promise<void> {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error('no answer in time')), logoutMs);
      });
      try {
        await Promise.race([tell.call(this, sub, sid), late]);
      } catch (cause) {
        options.undelivered(this.clientId, () => tell.call(this, sub, sid), cause);
      } finally {
        clearTimeout(timer);
      }
    },
  });
  provider.on('server_error', (_, cause) => options.failed(cause));
  return provider;
};
