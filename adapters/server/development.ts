import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

type Variables = Readonly<Record<string, string | undefined>>;

const generated = (folder: string): string =>
  [
    `STEPWARD_DATABASE_URL=sqlite:${join(folder, 'stepward.db')}`,
    `STEPWARD_SERVER_KEYS=sk_dev_${randomBytes(24).toString('hex')}`,
    `STEPWARD_MANAGEMENT_KEYS=mk_dev_${randomBytes(24).toString('hex')}`,
    `STEPWARD_ENCRYPTION_KEYS=dev:${randomBytes(32).toString('base64')}`,
    '',
  ].join('\n');

const parsed = (text: string): Record<string, string> =>
  Object.fromEntries(
    text
      .split('\n')
      .filter((line) => /^[A-Z_]+=/.test(line))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1).trim()]),
  );

/**
 * The settings of development mode: made once, kept in `.stepward/env` (mode 0600), read again at the next start.
 *
 * @returns the environment with them in it, and whether they were made just now.
 */
export const developmentSettings = (env: Variables, folder: string): { readonly env: Variables; readonly isNew: boolean } => {
  const file = join(folder, 'env');
  const isNew = !existsSync(file);
  if (isNew) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(file, generated(folder), { mode: 0o600, flag: 'wx' });
  }
  return { env: { ...parsed(readFileSync(file, 'utf8')), ...env }, isNew };
};
