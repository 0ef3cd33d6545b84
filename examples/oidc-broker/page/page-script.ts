import { build } from 'esbuild';

/** The page's script with the library in it. Your own build does this once. */
export const pageScript = async (): Promise<string> => {
  const { outputFiles } = await build({
    entryPoints: [`${import.meta.dirname}/page.js`],
    bundle: true,
    write: false,
    format: 'iife',
    logLevel: 'silent',
  });
  return outputFiles[0]?.text ?? '';
};
