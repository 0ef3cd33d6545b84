import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Failure } from '../failure.ts';

/** Remembers what was written, so that nothing is overwritten that somebody else wrote or changed. */
const record = 'stepward-bundle.json';

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The text at a path; `null`: something that is no file of text; `undefined`: nothing. */
const textAt = (path: string): string | null | undefined => {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found) return undefined;
  return found.isFile() ? readFileSync(path, 'utf8') : null;
};

const recorded = (text: string | null | undefined): Readonly<Record<string, unknown>> => {
  try {
    const { files } = JSON.parse(text ?? '{}') as { files?: unknown };
    return typeof files === 'object' && files !== null ? { ...files } : {};
  } catch {
    return {};
  }
};

/**
 * Writes the files, by their path below `folder`, or none of them.
 *
 * @returns the paths that changed
 * @throws Failure where one of them was written or changed by somebody else.
 */
export const writeFiles = (folder: string, files: ReadonlyMap<string, string>): readonly string[] => {
  const wasRecorded = textAt(join(folder, record));
  const before = recorded(wasRecorded);
  const present = new Map([...files.keys()].map((path) => [path, textAt(join(folder, path))]));
  const isOurs = (path: string, text: string | null | undefined): boolean =>
    text === undefined || text === files.get(path) || (text !== null && before[path] === hashOf(text));
  const foreign = [...present].filter(([path, text]) => !isOurs(path, text)).map(([path]) => path);
  const isForeignRecord = wasRecorded === null || (wasRecorded !== undefined && Object.keys(before).length === 0);
  if (isForeignRecord) foreign.push(record);
  if (foreign.length > 0) {
    const what = foreign.map((path) => join(folder, path)).join(', ');
    throw new Failure(
      1,
      `nothing was written, this was written or changed by somebody else: ${what}; move it away, or give another \`--out\``,
    );
  }
  const changed = [...files].filter(([path, text]) => present.get(path) !== text);
  for (const [path, text] of changed) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const hashes = Object.fromEntries([...files].map(([path, text]) => [path, hashOf(text)]));
  writeFileSync(join(folder, record), `${JSON.stringify({ writtenBy: 'stepward auth0 bundle', files: hashes }, null, 2)}\n`);
  return changed.map(([path]) => path);
};
