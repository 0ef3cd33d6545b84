import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { build, type Plugin } from 'rolldown';

const root = resolve(import.meta.dirname, '..');

/** Auth0 takes 100 kB; people who paste code read it. Bytes, the banner included. */
export const mostBytes = 24_000;
const warnBytes = 20_000;

const bannerOf = (version: string, hash: string): string => `/*!
 * Stepward ${version} for Auth0. Licence: Apache-2.0. No dependency; Node 22 or 18.
 * SHA-256 of all that follows this comment: ${hash}
 *
 * Where: Auth0 dashboard > Actions > Library > Create Action, trigger "Login / Post Login". Paste, set the secrets, deploy, and
 * add the Action to the Post Login flow.
 *
 * Secrets:
 *   STEPWARD_URL: https origin of your Stepward server
 *   STEPWARD_SERVER_KEY: a server key for Auth0 alone
 *   STEPWARD_REDIRECT_SECRET: at least 32 random bytes, as in Stepward's record of this tenant (redirect mode)
 * Optional, with defaults:
 *   STEPWARD_REDIRECT_SECRET_PREVIOUS: none; the one before, during a rotation
 *   STEPWARD_PAGES_ORIGIN: STEPWARD_URL
 *   STEPWARD_ACTION: signIn
 *   STEPWARD_REFRESH_ACTION: tokenRefresh
 *   STEPWARD_MODE: redirect; or native (Auth0's own factors)
 *   STEPWARD_FAILURE_POLICY: deny; or allow, fallback, or signIn=deny,pay=allow
 *   STEPWARD_TIMEOUT_MS: 3000; 500 to 8000
 *   STEPWARD_DEVICE_PARAM: device_id
 *   STEPWARD_SILENT: deny; or redirect
 *   STEPWARD_REVOKE_ON_BLOCK: false; or true
 *   STEPWARD_CLAIM_NAMESPACE: no claims
 * Per client (metadata): stepward_mode (off too), stepward_action, stepward_failure_policy, stepward_ip (user)
 */
`;

/** Comments of the core speak of more than is here. */
const withoutComments: Plugin = {
  name: 'without-comments',
  transform: { filter: { id: /\/core\// }, handler: (code) => code.replace(/^\/\*\*.*?\*\/$/gms, '') },
};

/** As a person would have written it: parts by their name, no marks for a minifier. */
const readable = (code: string): string =>
  code
    .replace(/^\/\/ (?:adapters|core)\/(?:.*\/)?([\w-]+)\.ts$/gm, '// $1')
    .replaceAll('/* @__PURE__ */ ', '')
    .replaceAll(/\(0, (node_crypto\.\w+)\)/g, '$1');

/** The Auth0 Action as one readable CommonJS file. Throws where it would be larger than 24 kB. */
export const buildAuth0Action = async (): Promise<string> => {
  const { version } = JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8')) as { readonly version: string };
  const { output } = await build({
    input: resolve(root, 'adapters/auth0/action/post-login.ts'),
    external: /^node:/,
    platform: 'node',
    plugins: [withoutComments],
    write: false,
    logLevel: 'silent',
    transform: { target: 'node18', define: { STEPWARD_VERSION: JSON.stringify(version) } },
    output: { format: 'cjs', minify: false, generatedCode: { symbols: false } },
  });
  const body = readable(output[0].code);
  const text = bannerOf(version, createHash('sha256').update(body).digest('hex')) + body;
  const bytes = Buffer.byteLength(text);
  if (bytes > mostBytes) throw new RangeError(`the Auth0 Action has ${bytes} bytes, more than ${mostBytes}: people read what they paste`);
  if (bytes > warnBytes) console.warn(`the Auth0 Action has ${bytes} bytes; it may have ${mostBytes}`);
  return text;
};
