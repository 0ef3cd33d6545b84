import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { build } from 'rolldown';

const root = resolve(import.meta.dirname, '..');

/** Bytes of one file; what is small is read and loaded quickly. */
export const mostBytes = 64_000;

/** One for each trigger of a user pool, and one for those who deploy a single function. */
export const triggerNames = ['define', 'create', 'verify', 'pre-token', 'router'] as const;

const trigger = async (name: string, version: string): Promise<string> => {
  const { output } = await build({
    input: resolve(root, `adapters/cognito/triggers/entry/${name}.ts`),
    external: /^node:/,
    platform: 'node',
    write: false,
    logLevel: 'silent',
    transform: { target: 'node22' },
    output: {
      format: 'esm',
      minify: false,
      banner: `/*! Stepward ${version} for Amazon Cognito: ${name}. Licence: Apache-2.0. No dependency. */`,
    },
  });
  const [{ code }, ...more] = output;
  if (more.length > 0) throw new Error(`the trigger ${name} is more than one file`);
  const bytes = Buffer.byteLength(code);
  if (bytes > mostBytes) throw new RangeError(`the trigger ${name} has ${bytes} bytes, more than ${mostBytes}`);
  return code;
};

/** The Lambda functions of a user pool: name of the file and its text, which exports `handler`. */
export const buildCognito = async (): Promise<ReadonlyMap<string, string>> => {
  const { version } = JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8')) as { readonly version: string };
  return new Map(await Promise.all(triggerNames.map(async (name) => [`${name}.mjs`, await trigger(name, version)] as const)));
};
