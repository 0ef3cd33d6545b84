import { existsSync } from 'node:fs';
import { join } from 'node:path';

const installed = join(import.meta.dirname, '../../node_modules/node22/bin/node');

/** The Node versions of Lambda on which the built files run here: the one of these tests, and 22 where it could be installed. */
export const runtimes: readonly (readonly [version: string, node: string])[] = [
  [process.versions.node.split('.')[0] ?? '', process.execPath] as const,
  ...(existsSync(installed) ? [['22', installed] as const] : []),
];
