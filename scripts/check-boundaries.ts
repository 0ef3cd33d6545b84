import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { violationsOf } from './boundaries.ts';
import { sourcesBelow } from './source.ts';

/** Every source file of the product and what it does against the architecture. */
export const checkBoundaries = (root: string) => {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
    peerDependencies?: Record<string, string>;
  };
  const packages = new Set(Object.keys(manifest.dependencies));
  // what a host alone needs is installed beside the package by whoever has that host, and loaded by the command line
  const withPeers = new Set([...packages, ...Object.keys(manifest.peerDependencies ?? {})]);
  const packagesOf = (file: string) => (file.startsWith('adapters/cli/') ? withPeers : packages);
  const files = [...sourcesBelow(root, 'core'), ...sourcesBelow(root, 'adapters')];
  return { files, violations: files.flatMap((file) => violationsOf(file, readFileSync(join(root, file), 'utf8'), packagesOf(file))) };
};

if (import.meta.main) {
  const { files, violations } = checkBoundaries(process.cwd());
  for (const { file, what } of violations) console.error(`${file} ${what}`);
  if (violations.length > 0) process.exit(1);
  console.log(`boundaries hold in ${files.length} files`);
}
