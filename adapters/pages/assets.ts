import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

/** A file served under a name that carries its content's hash. */
export type Asset = { readonly contentType: string; readonly content: string };

/** The pages' assets: where each is, and what is there. */
export type Assets = {
  readonly style: string;
  readonly script: string;
  readonly icon: string;
  readonly byPath: ReadonlyMap<string, Asset>;
};

const besideThis = (name: string): Promise<string> => readFile(new URL(`./assets/${name}`, import.meta.url), 'utf8');

/** From source the script is bundled at start; a package carries the bundle. */
const pageScript = async (): Promise<string> => {
  if (!import.meta.url.endsWith('.ts')) return besideThis('page.js');
  const { bundlePageScript } = await import('./bundle.ts');
  return bundlePageScript();
};

const pathOf = (name: string, extension: string, content: string): string =>
  `/challenge/assets/${name}.${createHash('sha256').update(content).digest('hex').slice(0, 16)}.${extension}`;

/** Reads style, icon and page script, and names each by its hash. */
export const loadAssets = async (): Promise<Assets> => {
  const [styleText, iconText, scriptText] = await Promise.all([besideThis('stepward.css'), besideThis('icon.svg'), pageScript()]);
  const style = pathOf('stepward', 'css', styleText);
  const icon = pathOf('icon', 'svg', iconText);
  const script = pathOf('page', 'js', scriptText);
  return {
    style,
    icon,
    script,
    byPath: new Map([
      [style, { contentType: 'text/css; charset=utf-8', content: styleText }],
      [icon, { contentType: 'image/svg+xml', content: iconText }],
      [script, { contentType: 'text/javascript; charset=utf-8', content: scriptText }],
    ]),
  };
};
