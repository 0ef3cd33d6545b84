import { describe, expect, it } from 'vitest';
import { pictureSize } from '../../../core/theme/picture.ts';
import { png, svg } from '../../support/pictures.ts';

const unfit = expect.objectContaining({ unfit: expect.any(String) });

describe('a picture', () => {
  it('is told by its content, with its size', () => {
    expect(pictureSize(png(64, 32))).toEqual({ type: 'png', width: 64, height: 32 });
    expect(pictureSize(png(64, 32, [['tEXt', Buffer.from('Software\0x')]]))).toEqual({ type: 'png', width: 64, height: 32 });
    expect(pictureSize(svg())).toEqual({ type: 'svg', width: 120, height: 40 });
    expect(pictureSize(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 12"><path d="M0 0"/></svg>'))).toEqual({
      type: 'svg',
      width: 24,
      height: 12,
    });
  });

  it.each<[string, Uint8Array]>([
    ['nothing', new Uint8Array()],
    ['HTML', Buffer.from('<!doctype html><script>alert(1)</script>')],
    ['a GIF', Buffer.from('GIF89a')],
    ['a PNG signature alone', png(1, 1).subarray(0, 8)],
    ['a PNG that is cut off', png(4, 4).subarray(0, -5)],
    ['a PNG with something after it', Buffer.concat([png(4, 4), Buffer.from('<script>alert(1)</script>')])],
    ['an animation', png(4, 4, [['acTL', Buffer.alloc(8)]])],
    ['a PNG with two headers', png(4, 4, [['IHDR', Buffer.alloc(13)]])],
    ['a PNG without pixels', Buffer.concat([png(4, 4).subarray(0, 33), png(4, 4).subarray(-12)])],
    [
      'text that is not UTF-8',
      Buffer.concat([Buffer.from('<svg xmlns="http://www.w3.org/2000/svg">'), Buffer.of(0xff), Buffer.from('</svg>')]),
    ],
    ['UTF-16', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"></svg>', 'utf16le')],
  ])('is not %s', (_, bytes) => expect(pictureSize(bytes)).toEqual(unfit));
});

describe('an SVG is refused that has', () => {
  it.each([
    '<script>alert(1)</script>',
    '<script/>',
    '<SCRIPT>alert(1)</SCRIPT>',
    '<svg:script xmlns:svg="http://www.w3.org/2000/svg">alert(1)</svg:script>',
    '<foreignObject><body xmlns="http://www.w3.org/1999/xhtml"><script>alert(1)</script></body></foreignObject>',
    '<image href="https://evil.example/x.png"/>',
    '<image href="data:image/png;base64,AAAA"/>',
    '<use href="#a"/>',
    '<use href="https://evil.example/x.svg#a"/>',
    '<a href="javascript:alert(1)"><path d="M0 0"/></a>',
    '<animate attributeName="href" values="javascript:alert(1)"/>',
    '<set attributeName="onmouseover" to="alert(1)"/>',
    '<style>@import url(https://evil.example/x.css);</style>',
    '<path d="M0 0" onclick="alert(1)"/>',
    '<path d="M0 0" ONLOAD="alert(1)"/>',
    '<path d="M0 0" onclick=alert(1) />',
    '<path fill="url(https://evil.example/x.svg#a)" fill="#000000" d="M0 0"/>',
    '<path d="M0 0" fill="url(https://evil.example/x.svg#a)"/>',
    '<path d="M0 0" style="fill:url( \'//evil.example/x\' )"/>',
    '<path d="M0 0" style="background:image-set(\'https://evil.example/x.png\' 1x)"/>',
    '<path d="M0 0" style="fill:u\\72l(//evil.example)"/>',
    '<path d="M0 0" style="fill:&#117;rl(//evil.example)"/>',
    '<path d="M0 0" style="fill:u/**/rl(x);background:URL(x)"/>',
    '<linearGradient xlink:href="https://evil.example/x.svg#a"/>',
    '<linearGradient href="javascript:alert(1)"/>',
    '<g xml:base="https://evil.example/"/>',
    '<g xmlns="http://www.w3.org/1999/xhtml"/>',
    '<![CDATA[<script>alert(1)</script>]]>',
    '<?xml-stylesheet href="https://evil.example/x.css"?>',
    '<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
    '&lol;',
    '&#60;script&#62;',
    '<g>',
    '</g>',
    '<svg></svg>',
    '<!-- -- -->',
    '<g id="a"',
  ])('%s', (inside) => expect(pictureSize(svg(inside))).toEqual(unfit));

  it.each([
    [' onload="alert(1)"', ''],
    [' xmlns:x="http://evil.example/"', ''],
    ['', '<svg xmlns="http://www.w3.org/2000/svg"/>'],
    ['', '<script>alert(1)</script>'],
    ['', 'text'],
  ])('its own attribute %j or %j after it', (attributes, after) =>
    expect(pictureSize(Buffer.concat([svg('', attributes), Buffer.from(after)]))).toEqual(unfit),
  );

  it('a long tail of blanks or attributes, without taking long', () => {
    for (const inside of [`<g${' '.repeat(30_000)}x`, `<g ${'a="" '.repeat(6000)}`, '<'.repeat(30_000), `<!--${'-'.repeat(30_000)}`])
      expect(pictureSize(svg(inside))).toEqual(unfit);
  });
});
