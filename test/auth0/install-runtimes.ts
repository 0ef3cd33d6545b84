import { execFileSync } from 'node:child_process';
import { hasRuntimes } from './sandbox/index.ts';

/** Runs once before the Auth0 tests: the Node versions of Auth0, packages for Linux on x64, are installed for them alone. */
export const setup = (): void => {
  if (hasRuntimes()) return;
  try {
    if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error('they are there for Linux on x64 only');
    execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: import.meta.dirname, stdio: ['ignore', 'ignore', 'inherit'] });
  } catch (cause) {
    if (process.env.CI === 'true') throw cause;
    process.stderr.write(`skipped: the Auth0 Action on Node 18 and 22, which could not be installed (${(cause as Error).message})\n`);
  }
};
