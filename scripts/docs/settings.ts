import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sourcesBelow } from '../source.ts';

const settingName = /\bSTEPWARD_[A-Z][A-Z_]*[A-Z]\b/g;
/** Read by the command line and by tests, documented elsewhere. */
const elsewhere = new Set(['STEPWARD_LONG_TESTS', 'STEPWARD_CHROMIUM']);

const namesIn = (text: string): ReadonlySet<string> => new Set(text.match(settingName)?.filter((name) => !elsewhere.has(name)));

/** Settings that the server or the command line reads and the page does not name, and the reverse. */
export const settingsOutOfStep = (root: string): readonly string[] => {
  const files = [...sourcesBelow(root, 'adapters/server'), ...sourcesBelow(root, 'adapters/cli')];
  if (!files.some((file) => file.startsWith('adapters/server/'))) return [];
  const read = namesIn(files.map((file) => readFileSync(join(root, file), 'utf8')).join('\n'));
  const told = namesIn(readFileSync(join(root, 'docs/configuration.md'), 'utf8'));
  return [
    ...[...read].filter((name) => !told.has(name)).map((name) => `docs/configuration.md does not name ${name}`),
    ...[...told].filter((name) => !read.has(name)).map((name) => `docs/configuration.md names ${name}, which nothing reads`),
  ];
};
