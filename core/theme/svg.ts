import type { Size, Unfit } from './picture.ts';

/** Shapes, paints and groups: nothing that runs, loads, links, repeats itself or holds another language. */
const elements = new Set(
  (
    'svg g defs title desc path rect circle ellipse line polyline polygon text tspan ' + 'linearGradient radialGradient stop clipPath mask'
  ).split(' '),
);

const opening = /^<([A-Za-z]+)((?:\s+[A-Za-z_][\w:.-]*\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>/;
const closing = /^<\/([A-Za-z]+)\s*>/;
const comment = /^<!--(?:[^-]|-(?!-))*-->/;
const attribute = /([A-Za-z_][\w:.-]*)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;
/** References that can only stand for one character each; others could hide what is looked for. */
const plainReference = /&(?!(?:amp|lt|gt|quot|apos);)/;

const badAttribute = (name: string, value: string): boolean => {
  const local = name.toLowerCase().replace(/^.*:/, '');
  if (local.startsWith('on') || plainReference.test(value) || value.includes('\\')) return true;
  if (name.toLowerCase().startsWith('xmlns')) return !/^http:\/\/www\.w3\.org\/(?:2000\/svg|1999\/xlink)$/.test(value);
  if (local === 'href') return !/^#[\w.-]+$/.test(value);
  if (local === 'base' || local === 'src') return true;
  // a paint of this very file may be named; what could load from elsewhere may not
  const left = value.replace(/url\(\s*#[\w.-]+\s*\)/gi, '');
  return /(?:url|image|image-set|cross-fade|element|src|expression)\s*\(|@|javascript:|data:|:\/\//i.test(left);
};

const number = (text: string | undefined): number =>
  text !== undefined && /^\d{1,5}(?:\.\d{1,6})?(?:px)?$/.test(text) ? Number.parseFloat(text) : 0;

const sizeOf = (attributes: ReadonlyMap<string, string>): Size => {
  const [, , boxWidth, boxHeight] = (attributes.get('viewBox') ?? '').trim().split(/[\s,]+/);
  return {
    width: number(attributes.get('width')) || number(boxWidth),
    height: number(attributes.get('height')) || number(boxHeight),
  };
};

/** Each of them, twice given ones too. */
const attributesOf = (text: string): readonly (readonly [string, string])[] =>
  Array.from(text.matchAll(attribute), ([, name = '', double, single]) => [name, double ?? single ?? '']);

const utf8 = (bytes: Uint8Array): string | undefined => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
};

/**
 * The size of an SVG that can do nothing but be drawn. It is read by a grammar that knows a few elements and attributes and refuses
 * the rest: what two parsers might understand in two ways is not let in, whatever policy it is served under.
 */
export const svgSize = (bytes: Uint8Array): Size | Unfit => {
  const text = utf8(bytes);
  let rest = text?.replace(/^\s*<\?xml\s+version="1\.\d"(?:\s+encoding="utf-8")?(?:\s+standalone="(?:yes|no)")?\s*\?>/i, '').trim() ?? '';
  if (!/^<(?:svg[\s>]|!--)/.test(rest)) return { unfit: 'a PNG or SVG picture' };
  const open: string[] = [];
  let size: Size | undefined;
  while (rest !== '') {
    const skipped = comment.exec(rest) ?? (open.length > 0 ? /^[^<]+/.exec(rest) : /^\s+/.exec(rest));
    if (skipped) {
      if (plainReference.test(skipped[0]) && !skipped[0].startsWith('<!--')) return { unfit: 'an SVG without character references' };
      rest = rest.slice(skipped[0].length);
      continue;
    }
    const end = closing.exec(rest);
    if (end) {
      if (open.pop() !== end[1]) return { unfit: 'a well-formed SVG' };
      rest = rest.slice(end[0].length);
      continue;
    }
    const [whole = '', name = '', attributes = '', empty] = opening.exec(rest) ?? [];
    if (whole === '') return { unfit: 'an SVG of elements with quoted attributes, without document type, CDATA or instructions' };
    if (!elements.has(name)) return { unfit: `an SVG without \`<${name}>\`` };
    if ((name === 'svg') !== (size === undefined) || (size !== undefined && open.length === 0)) return { unfit: 'one SVG picture' };
    for (const [attributeName, value] of attributesOf(attributes))
      if (badAttribute(attributeName, value)) return { unfit: `an SVG without \`${attributeName}\` of that value` };
    size ??= sizeOf(new Map(attributesOf(attributes)));
    if (empty !== '/') open.push(name);
    rest = rest.slice(whole.length);
  }
  if (size === undefined || open.length > 0) return { unfit: 'a well-formed SVG' };
  return size;
};
