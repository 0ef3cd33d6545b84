import type { Provider } from 'oidc-provider';

/**
 * Lets the provider answer with the error that it asserts. Koa's own `assert` hands absent arguments on to http-errors 2, which
 * takes them for a mistake: a token that nobody knows would be a 500 and not a 401 (tried on Koa 3.3, oidc-provider 9.13).
 */
export const throwAsserted = (provider: Provider): void => {
  Object.assign(provider.context, {
    assert: (value: unknown, error: Error): void => {
      if (!value) throw error;
    },
  });
};
