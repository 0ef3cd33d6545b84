import { build } from 'esbuild';

const root = `${import.meta.dirname}/../..`;

/** An application's script with its library in it. Your own build does this; the packages are those of your own `node_modules`. */
export const pageScript = async (file: string): Promise<string> => {
  const { outputFiles } = await build({
    entryPoints: [`${import.meta.dirname}/${file}`],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    define: { global: 'globalThis' },
    // installed package
    alias: { 'stepward/cognito': `${root}/adapters/cognito/client/index.ts` },
    nodePaths: [`${root}/test/cognito/node_modules`],
    logLevel: 'silent',
  });
  return outputFiles[0]?.text ?? '';
};
