const markup: unique symbol = Symbol('markup');

/** Markup that is safe to send. Nothing parsed from JSON or a form can have this shape. */
export type Html = { readonly [markup]: string };

/** What a template takes: text is escaped, markup is not, `undefined` and `false` leave nothing behind. */
export type Part = Html | string | number | false | undefined | readonly Part[];

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

const escapeText = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character] ?? '');

const render = (part: Part): string => {
  if (part === undefined || part === false) return '';
  if (typeof part === 'string') return escapeText(part);
  if (typeof part === 'number') return String(part);
  if (markup in part) return part[markup];
  return part.map(render).join('');
};

/**
 * Builds markup; every value put in is escaped for text and for quoted attributes.
 *
 * @example
 * html`<p title="${title}">${text}</p>`
 */
export const html = (strings: TemplateStringsArray, ...values: readonly Part[]): Html => ({
  [markup]: strings.reduce((whole, piece, index) => whole + render(values[index - 1]) + piece),
});

/** Takes a string as markup, unescaped. Only for constants of this folder; its callers are listed in a test. */
export const raw = (trusted: string): Html => ({ [markup]: trusted });

/** The text to send. */
export const toText = (part: Html): string => part[markup];
