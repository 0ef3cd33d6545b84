import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from './failure.ts';

export type Environment = Readonly<Record<string, string | undefined>>;
/** Where the management API is, and a key for it. */
export type Access = { readonly url: string; readonly key: string };

const generated = (folder: string): Environment => {
  const file = join(folder, '.stepward/env');
  if (!existsSync(file)) return {};
  const lines = readFileSync(file, 'utf8').split('\n');
  return Object.fromEntries(
    lines.filter((line) => /^[A-Z_]+=/.test(line)).map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
};

/**
 * Address and management key from the environment, else from what a start in development mode left in `.stepward/env`.
 * Throws `Failure` where there is no key.
 */
export const accessFrom = (env: Environment, folder: string): Access => {
  const all = { ...generated(folder), ...Object.fromEntries(Object.entries(env).filter(([, value]) => value)) };
  const key = all.STEPWARD_MANAGEMENT_KEYS?.split(',')[0]?.trim();
  if (!key) throw new Failure(2, 'no management key: set STEPWARD_MANAGEMENT_KEYS, or run where `.stepward/env` is');
  return { url: all.STEPWARD_URL ?? all.STEPWARD_PUBLIC_URL ?? `http://localhost:${all.PORT ?? 8787}`, key };
};
