import type { Mode } from './mode.ts';

/** Which of the three content security policies a page gets. */
export type PageKind = 'page' | 'leaving' | 'auto-post';

const policy = (directives: Readonly<Record<string, string>>): string =>
  Object.entries(directives)
    .map(([name, value]) => `${name} ${value}`)
    .join('; ');

const contentSecurityPolicies: Readonly<Record<PageKind, (frameAncestors: string) => string>> = {
  // `form-action` covers every redirect after a form post: no post of ours may end on another origin.
  page: (frameAncestors) =>
    policy({
      'default-src': "'none'",
      'script-src': "'self'",
      'style-src': "'self'",
      'img-src': "'self' data:",
      'connect-src': "'self'",
      'form-action': "'self'",
      'base-uri': "'none'",
      'frame-ancestors': frameAncestors,
      'require-trusted-types-for': "'script'",
    }),
  leaving: () =>
    policy({ 'default-src': "'none'", 'style-src': "'self'", 'base-uri': "'none'", 'frame-ancestors': "'none'", 'form-action': "'none'" }),
  // The chain behind the target of a post cannot be known: no `form-action`.
  'auto-post': () =>
    policy({ 'default-src': "'none'", 'script-src': "'self'", 'style-src': "'self'", 'base-uri': "'none'", 'frame-ancestors': "'none'" }),
};

const features = [
  'accelerometer',
  'autoplay',
  'browsing-topics',
  'camera',
  'clipboard-read',
  'display-capture',
  'encrypted-media',
  'fullscreen',
  'gamepad',
  'geolocation',
  'gyroscope',
  'hid',
  'identity-credentials-get',
  'idle-detection',
  'local-fonts',
  'magnetometer',
  'microphone',
  'midi',
  'otp-credentials',
  'payment',
  'picture-in-picture',
  'screen-wake-lock',
  'serial',
  'storage-access',
  'usb',
  'window-management',
  'xr-spatial-tracking',
] as const;

const permissionsPolicy = [
  'publickey-credentials-get=(self)',
  'publickey-credentials-create=(self)',
  ...features.map((feature) => `${feature}=()`),
].join(', ');

const common = {
  // `no-referrer` would turn the Origin of our own form posts into `null`.
  'Referrer-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': permissionsPolicy,
  'Strict-Transport-Security': 'max-age=63072000',
  'X-Content-Type-Options': 'nosniff',
} as const;

/** Every header of a page. `framers`: sources that may frame it, where it is a frame; else nobody may. */
export const pageHeaders = (kind: PageKind, mode: Mode, framers: readonly string[]): Readonly<Record<string, string>> => ({
  ...common,
  // any stricter policy of ours, on a redirect too, cuts a window from the page that opened it and waits for its message
  ...(mode === 'window' && { 'Cross-Origin-Opener-Policy': 'unsafe-none' }),
  'Content-Type': 'text/html; charset=utf-8',
  'Cache-Control': 'no-store',
  'Content-Security-Policy': contentSecurityPolicies[kind](mode === 'frame' ? framers.join(' ') : "'none'"),
});

/** A picture may come from an operator: opened by itself it is drawn, and can do nothing else. */
const pictureOnly = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

/** Every header of an asset, whose name carries its content's hash. */
export const assetHeaders = (contentType: string): Readonly<Record<string, string>> => ({
  ...common,
  'Content-Type': contentType,
  'Cache-Control': 'public, max-age=31536000, immutable',
  'Content-Security-Policy': contentType.startsWith('image/')
    ? pictureOnly
    : "default-src 'none'; style-src 'self'; frame-ancestors 'none'",
});
