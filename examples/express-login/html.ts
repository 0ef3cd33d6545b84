/** Text that is markup already. */
export type Html = { readonly markup: string };
type Part = Html | string | number | undefined | readonly Html[];

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

const rendered = (part: Part): string => {
  if (part === undefined) return '';
  if (typeof part === 'object') return 'markup' in part ? part.markup : part.map(({ markup }) => markup).join('');
  return String(part).replace(/[&<>"']/g, (character) => entities[character] ?? '');
};

/** Markup with every value escaped that is not markup itself. */
export const html = (text: TemplateStringsArray, ...parts: readonly Part[]): Html => ({
  markup: text.map((piece, index) => piece + rendered(parts[index])).join(''),
});
