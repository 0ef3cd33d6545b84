export { createOidc, type Oidc, type OidcOptions } from './create-oidc.ts';
export type { OidcPages } from './pages.ts';
