import { languages, localeOf } from '../../core/index.ts';
import { clean, isolated } from './clean.ts';
import { embeddedAttributes } from './embedders.ts';
import type { PageKind } from './headers.ts';
import { type Html, html, toText } from './html.ts';
import { mark } from './icons.ts';
import type { Page, Screen } from './page.ts';
import { visitPath } from './query.ts';
import { toWindow } from './views/to-window.ts';
import { wordsIn } from './words.ts';

const title = (screen: Screen, { words, productName }: Page): string => {
  const name = screen.applicationName ?? productName;
  const application = name === undefined ? words.plain('brand.none') : clean(name, 'name');
  const whole = words.plain('title', { heading: screen.title, application });
  return screen.isError ? words.plain('title.error', { title: whole }) : whole;
};

/** Opens without script; the languages stand in the flow of the page, so that they cover nothing. */
const languageMenu = ({ query, words }: Page): Html | undefined =>
  query &&
  html`<details><summary>${words.say('footer.language', { language: words.plain('language.name') })}</summary>${languages
    .filter((language) => language !== words.locale.language)
    .map((language) => {
      const name = wordsIn(localeOf(language) ?? words.locale).plain('language.name');
      return html`<a href="${visitPath('/challenge', { ...query, lang: language })}" lang="${language}" hreflang="${language}">${name}</a>`;
    })}</details>`;

const footer = (page: Page, kind: PageKind): Html => {
  const { links, words, mode } = page;
  // a frame or a small window has no room for another site, nor a way back from it
  const elsewhere = mode !== 'redirect' && html` target="_blank"`;
  return html`<footer>${links.help !== undefined && html`<a href="${links.help}"${elsewhere}>${words.say('footer.help')}</a>`}${
    links.privacy !== undefined && html`<a href="${links.privacy}"${elsewhere}>${words.say('footer.privacy')}</a>`
  }${kind === 'page' && languageMenu(page)}</footer>`;
};

/** Mark or logo, and the name beside it, which is what counts: the picture says nothing more. A leaving page loads no picture. */
const brand = (screen: Screen, { assets: { logo }, words, productName }: Page, kind: PageKind): Html => {
  const name = screen.applicationName ?? productName;
  const picture =
    logo === undefined ? mark : kind === 'page' && html`<img src="${logo.path}" width="${logo.width}" height="${logo.height}" alt="">`;
  return html`<div class="brand">${picture}${name === undefined ? words.say('brand.none') : isolated(name, 'name')}</div>`;
};

/** The whole document around a screen. A leaving page carries no script, the post page no words from outside. */
export const documentOf = (screen: Screen, page: Page, kind: PageKind): string => {
  const { assets, words } = page;
  return toText(html`<!doctype html>
<html lang="${words.locale.language}" dir="${words.locale.dir}"${embeddedAttributes(page)}>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="robots" content="noindex">
<title>${title(screen, page)}</title>
${screen.refreshTo !== undefined && html`<meta http-equiv="refresh" content="0;url=${screen.refreshTo}">`}
${kind === 'page' && html`<link rel="icon" href="${assets.icon}">`}
<link rel="stylesheet" href="${assets.style}">
${kind !== 'leaving' && html`<script type="module" src="${assets.script}"></script>`}
<main>${brand(screen, page, kind)}<div class="card${screen.isTransaction && ' transaction'}">${screen.body}</div>${kind === 'page' && toWindow(page)}</main>
${footer(page, kind)}
`);
};
