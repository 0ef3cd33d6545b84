import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Runs once before the Auth0 tests: the Node versions of Auth0 are installed for them alone. */
export const setup = (): void => {
  const folder = import.meta.dirname;
  const isThere = ['node18', 'node22'].every((name) => existsSync(join(folder, `node_modules/${name}/bin/node`)));
  if (!isThere) execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
};
