import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Picture, Theme } from '../../core/index.ts';
import { themeCss } from './theme-css.ts';

/** A file served under a name that carries its content's hash. */
export type Asset = { readonly contentType: string; readonly content: string | Buffer };

/** A picture of a page, as wide and high as its file says. */
export type ShownPicture = { readonly path: string; readonly width: number; readonly height: number };

/** The pages' assets: where each is, and what is there. */
export type Assets = {
  readonly style: string;
  readonly script: string;
  readonly icon: string;
  readonly logo?: ShownPicture;
  readonly byPath: ReadonlyMap<string, Asset>;
};

const besideThis = (name: string): Promise<string> => readFile(new URL(`./assets/${name}`, import.meta.url), 'utf8');

/** From source the script is bundled at start; a package carries the bundle. */
const pageScript = async (): Promise<string> => {
  if (!import.meta.url.endsWith('.ts')) return besideThis('page.js');
  const { bundlePageScript } = await import('./bundle.ts');
  return bundlePageScript();
};

const hashOf = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex').slice(0, 16);

const pathOf = (name: string, extension: string, content: string): string => `/challenge/assets/${name}.${hashOf(content)}.${extension}`;

const pictureTypes = { png: 'image/png', svg: 'image/svg+xml' } as const;

const pictureOf = ({ type, width, height, data }: Picture): { readonly shown: ShownPicture; readonly asset: Asset } => {
  const content = Buffer.from(data, 'base64url');
  return { shown: { path: `/theme/${hashOf(content)}.${type}`, width, height }, asset: { contentType: pictureTypes[type], content } };
};

/** The assets of a theme. The theme is part of the one style sheet: a second one would be a second wait before the first paint. */
export type ThemedAssets = (theme: Theme) => Assets;

/** Reads rules, icon and page script; a theme's assets are made once, for as long as the theme is the same. */
export const loadAssets = async (): Promise<ThemedAssets> => {
  const [rules, iconText, scriptText] = await Promise.all([besideThis('stepward.css'), besideThis('icon.svg'), pageScript()]);
  const icon = pathOf('icon', 'svg', iconText);
  const script = pathOf('page', 'js', scriptText);
  const made = new WeakMap<Theme, Assets>();
  const make = (theme: Theme): Assets => {
    const styleText = themeCss(theme) + rules;
    const style = `/theme/${hashOf(styleText)}.css`;
    const logo = theme.logo && pictureOf(theme.logo);
    const favicon = theme.favicon && pictureOf(theme.favicon);
    return {
      style,
      script,
      icon: favicon?.shown.path ?? icon,
      ...(logo && { logo: logo.shown }),
      byPath: new Map<string, Asset>([
        [style, { contentType: 'text/css; charset=utf-8', content: styleText }],
        [icon, { contentType: 'image/svg+xml', content: iconText }],
        [script, { contentType: 'text/javascript; charset=utf-8', content: scriptText }],
        ...[logo, favicon].flatMap((picture) => (picture ? [[picture.shown.path, picture.asset] as const] : [])),
      ]),
    };
  };
  return (theme) => {
    const known = made.get(theme);
    if (known !== undefined) return known;
    const assets = make(theme);
    made.set(theme, assets);
    return assets;
  };
};
