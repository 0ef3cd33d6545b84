import type { Provider } from 'oidc-provider';

type Claims = {
  readonly available: Readonly<Record<string, unknown>>;
  scope(value?: string): Claims;
  result(): Promise<Record<string, unknown>>;
};

/**
 * Lets a provider pass claims that its configuration does not name: a client may have `groups` of its upstream, or what else it is
 * called there. They come with the scope `profile`. `known` are the names that the configuration gives to scopes.
 */
export const passOtherClaims = (provider: Provider, known: ReadonlySet<string>): void => {
  const { prototype } = (provider as unknown as { readonly Claims: { readonly prototype: Claims } }).Claims;
  const { scope, result } = prototype;
  const withProfile = new WeakSet<Claims>();
  Object.assign(prototype, {
    scope(this: Claims, value = ''): Claims {
      if (value.split(' ').includes('profile')) withProfile.add(this);
      return scope.call(this, value);
    },
    async result(this: Claims): Promise<Record<string, unknown>> {
      const claims = await result.call(this);
      if (!withProfile.has(this)) return claims;
      // what is there is what this client may have
      const others = Object.entries(this.available).filter(([name, value]) => !known.has(name) && value !== undefined);
      return { ...Object.fromEntries(others), ...claims };
    },
  });
};
