import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { bundlePageScript } from '../adapters/pages/bundle.ts';
import { buildAuth0Action } from './build-auth0.ts';
import { buildCognito } from './build-cognito.ts';

const root = resolve(import.meta.dirname, '..');
/** Read at run time beside the code: style sheets, messages, pictures. */
const asset = /\.(?:css|json|svg|txt|html|sql)$/;

const copyAssets = (out: string): void => {
  for (const name of readdirSync(join(root, 'adapters'), { recursive: true, encoding: 'utf8' })) {
    const from = join(root, 'adapters', name);
    if (asset.test(name) && !name.startsWith(join('pages', 'browser')) && statSync(from).isFile())
      cpSync(from, join(out, 'adapters', name));
  }
};

/** From source the script is bundled at start; a package carries the bundle. */
const bundlePages = async (out: string): Promise<void> => {
  const folder = join(out, 'adapters/pages/assets');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'page.js'), await bundlePageScript());
};

/** The Action to paste. */
const bundleAuth0 = async (out: string): Promise<void> => {
  const folder = join(out, 'auth0');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'stepward.js'), await buildAuth0Action());
};

/** The Lambda functions of a user pool. */
const bundleCognito = async (out: string): Promise<void> => {
  const folder = join(out, 'cognito');
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of await buildCognito()) writeFileSync(join(folder, name), text);
};

/** Compiles the package to JavaScript in the folder `out`, which is emptied first. */
export const build = async (out: string): Promise<void> => {
  rmSync(out, { recursive: true, force: true });
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  execFileSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json'), '--outDir', out], { stdio: 'inherit' });
  copyAssets(out);
  await bundlePages(out);
  await bundleAuth0(out);
  await bundleCognito(out);
};

if (import.meta.main) await build(resolve(root, process.argv[2] ?? 'dist'));
