import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sourcesBelow } from '../source.ts';

const settingName = /\bSTEPWARD_[A-Z][A-Z_]*[A-Z]\b/g;
/** Read by the command line and by tests, documented elsewhere. */
const elsewhere = new Set(['STEPWARD_LONG_TESTS', 'STEPWARD_CHROMIUM', 'STEPWARD_VERSION']);
/** Secrets of the Auth0 Action, which has a page of its own. */
const ofAuth0 = (file: string): boolean => /^adapters\/(?:auth0\/action|cli\/auth0)\//.test(file);

const namesIn = (text: string): ReadonlySet<string> => new Set(text.match(settingName)?.filter((name) => !elsewhere.has(name)));

/** Settings that the server or the command line reads and the page does not name, and the reverse; and those of the Auth0 Action. */
export const settingsOutOfStep = (root: string): readonly string[] => {
  const files = ['server', 'cli', 'auth0'].flatMap((adapter) => sourcesBelow(root, `adapters/${adapter}`));
  if (!files.some((file) => file.startsWith('adapters/server/'))) return [];
  const textOf = (paths: readonly string[]): string => paths.map((path) => readFileSync(join(root, path), 'utf8')).join('\n');
  const read = namesIn(textOf(files.filter((file) => !ofAuth0(file))));
  const told = namesIn(textOf(['docs/configuration.md']));
  const readByAuth0 = namesIn(textOf(files.filter(ofAuth0)));
  const toldOfAuth0 = namesIn(textOf(['docs/auth0.md']));
  return [
    ...[...readByAuth0].filter((name) => !toldOfAuth0.has(name)).map((name) => `docs/auth0.md does not name ${name}`),
    ...[...toldOfAuth0]
      .filter((name) => !readByAuth0.has(name) && !read.has(name))
      .map((name) => `docs/auth0.md names ${name}, which nothing reads`),
    ...[...read].filter((name) => !told.has(name)).map((name) => `docs/configuration.md does not name ${name}`),
    ...[...told].filter((name) => !read.has(name)).map((name) => `docs/configuration.md names ${name}, which nothing reads`),
  ];
};
