import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';

const version = '1.58.0';
/** An environment of Python for it alone, where the machine has none. */
const own = join(import.meta.dirname, '../.python');

/** Others find less. */
const isThatVersion = (command: string): boolean =>
  spawnSync(command, ['--version'], { encoding: 'utf8' }).stdout?.trim() === `cfn-lint ${version}`;

/** The command of cfn-lint, installed where it is not there; undefined where it cannot be had. Under CI that is an error. */
export const findCfnLint = (): string | undefined => {
  const installed = join(own, 'bin/cfn-lint');
  const found = ['cfn-lint', installed].find(isThatVersion);
  if (found) return found;
  try {
    execFileSync('python3', ['-m', 'venv', '--clear', own], { stdio: 'pipe' });
    execFileSync(join(own, 'bin/pip'), ['install', '--quiet', '--disable-pip-version-check', `cfn-lint==${version}`], { stdio: 'pipe' });
    return installed;
  } catch (cause) {
    if (process.env.CI === 'true') throw cause;
    process.stderr.write(`skipped: the SAM template, because cfn-lint could not be installed (${(cause as Error).message})\n`);
    return undefined;
  }
};

/** What it says of templates, a line for each finding, with the file's name in front; nothing of those that are right. */
export const lint = (command: string, files: readonly string[]): readonly string[] => {
  const { stdout, stderr, error } = spawnSync(command, ['--regions', 'eu-west-1', '--format', 'parseable', '--', ...files], {
    encoding: 'utf8',
  });
  if (error) throw error;
  return `${stdout}${stderr}`.split('\n').filter((line) => line !== '');
};
