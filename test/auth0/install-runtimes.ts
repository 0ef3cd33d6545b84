import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runtimes } from './sandbox/index.ts';

/** Runs once before the Auth0 tests: the Node versions of Auth0 are installed for them alone. */
export const setup = (): void => {
  if (runtimes.length === 1) return void process.stderr.write('skipped: Node 18 and 22 are there for Linux on x64 only\n');
  const folder = import.meta.dirname;
  const isThere = ['node18', 'node22'].every((name) => existsSync(join(folder, `node_modules/${name}/bin/node`)));
  if (!isThere) execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
};
