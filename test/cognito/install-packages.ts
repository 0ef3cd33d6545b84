import { execFileSync } from 'node:child_process';
import { isUpToDate } from './support/packages.ts';

/** Runs once before the Cognito tests: clients and cognito-local, 300 packages, are installed for them alone. */
export const setup = (): void => {
  if (isUpToDate()) return;
  try {
    execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: import.meta.dirname, stdio: ['ignore', 'ignore', 'inherit'] });
  } catch (cause) {
    if (process.env.CI === 'true') throw cause;
    process.stderr.write(`skipped: Cognito's clients, which could not be installed (${(cause as Error).message})\n`);
  }
};
