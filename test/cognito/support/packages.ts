import { existsSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '..');

// the last file that npm writes
const written = join(folder, 'node_modules/.package-lock.json');

/** Whether what the set-up of the suite installs beside its tests is there. */
export const hasPackages = (): boolean => existsSync(written);

/** Whether it is what the lock file says by now. */
export const isUpToDate = (): boolean => hasPackages() && statSync(written).mtimeMs >= statSync(join(folder, 'package-lock.json')).mtimeMs;

/** Loads one of them. They are not there when types are checked, so that the caller says what it needs of one. */
export const requirePackage = <T>(name: string): T => createRequire(join(folder, 'package.json'))(name) as T;

/** Where a file of one of them lies. */
export const packageFile = (path: string): string => join(folder, 'node_modules', path);
