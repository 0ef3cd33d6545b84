import { readFileSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

/** One file that may be replaced while it is in use. What was read last and well stays until something better is there. */
export type DataFile<T> = {
  readonly name: string;
  /** Undefined: there is none; `failed`: there is one, but it has never been read well. */
  readonly content: () => { readonly data: T; readonly modifiedAt: number; readonly loadedAt: number } | 'failed' | undefined;
  /** Reads it at once. */
  readonly load: () => void;
  /** Reads it again if it was replaced; true if its content is new. Never rejects. */
  readonly refresh: () => Promise<boolean>;
};

type Ports = { readonly now: () => number; readonly warn: (message: string) => void };

type Seen = { readonly modifiedAt: number; readonly stamp: string };

export const createDataFile = <T>(path: string, name: string, parse: (bytes: Buffer) => T, { now, warn }: Ports): DataFile<T> => {
  let content: ReturnType<DataFile<T>['content']>;
  let stamp = 'missing';

  /** The file as it is now, if it is another than the one tried last. */
  const changed = (): Seen | undefined => {
    const stat = statSync(path, { throwIfNoEntry: false });
    const seen = stat?.isFile() ? `${stat.ino} ${stat.size} ${stat.mtimeMs}` : 'missing';
    if (seen === stamp) return undefined;
    stamp = seen;
    if (stat !== undefined && seen !== 'missing') return { modifiedAt: stat.mtimeMs, stamp: seen };
    if (content !== undefined) complain('the file is gone');
    return undefined;
  };

  const complain = (problem: string): void => {
    const consequence = typeof content === 'object' ? 'what was read before stays in use' : 'nothing is known from it';
    warn(`IP data file \`${name}\`: ${problem}; ${consequence}`);
  };

  const take = (bytes: Buffer, { modifiedAt }: Seen): boolean => {
    try {
      content = { data: parse(bytes), modifiedAt, loadedAt: now() };
      return true;
    } catch (error) {
      return fail(error);
    }
  };

  const fail = (error: unknown): boolean => {
    const isFirst = content === undefined;
    content ??= 'failed';
    complain(error instanceof Error ? error.message : 'it cannot be read');
    return isFirst;
  };

  return {
    name,
    content: () => content,
    load: () => {
      try {
        const seen = changed();
        if (seen !== undefined) take(readFileSync(path), seen);
      } catch (error) {
        fail(error);
      }
    },
    refresh: async () => {
      try {
        const seen = changed();
        return seen !== undefined && take(await readFile(path), seen);
      } catch (error) {
        return fail(error);
      }
    },
  };
};
