import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const name = '__Host-stepward-ceremony';
const shape = new RegExp(`(?:^|;\\s*)${name}=([A-Za-z0-9_-]{22})(?:;|$)`);
const seconds = 900;

/** The browser that a ceremony was tied to, by its cookie. */
export const ceremonyBrowser = ({ headers }: IncomingMessage): string | undefined => shape.exec(headers.cookie ?? '')?.[1];

/**
 * Ties what is begun now to this browser: a cookie that no script reads, sent to us alone and, from another site's page, only under
 * that page's own site. A browser keeps the one it has, so that two tabs do not undo each other.
 */
export const tieBrowser = (request: IncomingMessage): { readonly browser: string; readonly setCookie: readonly string[] } => {
  const browser = ceremonyBrowser(request) ?? randomBytes(16).toString('base64url');
  return {
    browser,
    setCookie: ['Set-Cookie', `${name}=${browser}; Path=/; Max-Age=${seconds}; Secure; HttpOnly; SameSite=None; Partitioned`],
  };
};
