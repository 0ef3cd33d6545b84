import type { KoaContextWithOIDC } from 'oidc-provider';
import type { HostScreen } from '../../core/index.ts';
import type { OidcPages } from './pages.ts';

const langOf = ({ oidc }: KoaContextWithOIDC): { readonly lang?: string } => {
  const lang = oidc?.params?.ui_locales;
  return typeof lang === 'string' ? { lang } : {};
};

/** Answers a request of the library with one of our pages. */
export const answerWith = async (pages: OidcPages, ctx: KoaContextWithOIDC, screen: HostScreen, status: number): Promise<void> => {
  const page = await pages.page(ctx.req, screen, { status, ...langOf(ctx) });
  ctx.status = page.status;
  ctx.set({ ...page.headers });
  ctx.body = page.body;
};
