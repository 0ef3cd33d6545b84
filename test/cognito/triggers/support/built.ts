import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildCognito } from '../../../../scripts/build-cognito.ts';

/** The built files of the triggers, by name without its ending, in a folder of their own. */
export const writeBuilt = async (): Promise<{ readonly files: Readonly<Record<string, string>>; remove(): void }> => {
  const folder = mkdtempSync(join(tmpdir(), 'stepward-triggers-'));
  const files: Record<string, string> = {};
  for (const [name, text] of await buildCognito()) {
    const file = join(folder, name);
    writeFileSync(file, text);
    files[name.replace('.mjs', '')] = file;
  }
  return { files, remove: () => rmSync(folder, { recursive: true }) };
};
