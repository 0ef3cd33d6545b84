import type { KoaContextWithOIDC } from 'oidc-provider';
import type { OidcPages } from './pages.ts';

const policyName = 'Content-Security-Policy';
/** Right on every answer. */
const always = ['Strict-Transport-Security', 'X-Content-Type-Options'] as const;

/**
 * What the library's answers lack: the headers of a page where it makes one itself, none of them where it answers an application or
 * redirects, and the way from a form post to another origin, which the page's `form-action` would stop.
 */
export const libraryAnswers = (pages: Pick<OidcPages, 'headers' | 'leaving'>, ownOrigin: string) => {
  const headers = pages.headers('auto-post');
  return async (context: object, next: () => Promise<void>): Promise<void> => {
    const ctx = context as KoaContextWithOIDC;
    // before its page is made: the hash of its inline script is added to what it finds
    ctx.set(policyName, headers[policyName] ?? '');
    await next();
    const { response, res } = ctx;
    if (res.hasHeader('Location')) {
      const location = response.get('Location');
      ctx.remove(policyName);
      if (ctx.method === 'POST' && URL.parse(location, ownOrigin)?.origin !== ownOrigin) {
        const page = await pages.leaving(ctx.req, location);
        ctx.status = page.status;
        ctx.set({ ...page.headers });
        ctx.body = page.body;
      } else ctx.set('Referrer-Policy', 'no-referrer');
      return;
    }
    const isPage = response.is('html') !== false;
    for (const [name, value] of Object.entries(headers))
      if (!res.hasHeader(name) && (isPage || always.some((one) => one === name))) ctx.set(name, value);
    if (!isPage) ctx.remove(policyName);
  };
};
