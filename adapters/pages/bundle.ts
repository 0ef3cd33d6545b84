import { fileURLToPath } from 'node:url';

/** Bundles the page script into one ES module, as text. The build writes it to `assets/page.js`. */
export const bundlePageScript = async (): Promise<string> => {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('./browser/page.ts', import.meta.url))],
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    target: ['es2022'],
    legalComments: 'none',
    logLevel: 'silent',
  });
  const [file] = outputFiles;
  if (file === undefined) throw new TypeError('the page script came out empty');
  return file.text;
};
