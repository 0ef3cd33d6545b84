import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

const folder = resolve(import.meta.dirname, '../test/bench');

/** Each in a process of its own, one after the other, so that none warms up or slows down another. */
for (const name of ['rules', 'store', 'track']) {
  const file = join(folder, `${name}.ts`);
  if (!existsSync(file)) continue;
  console.log(`\n${name}`);
  execFileSync(process.execPath, ['--disable-warning=ExperimentalWarning', file], { stdio: 'inherit' });
}
