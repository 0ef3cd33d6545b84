import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { colourNames, defaultColours } from '../../../core/index.ts';
import { png, svg } from '../../support/pictures.ts';
import { type Running, running } from './running.ts';

let server: Running;
beforeAll(async () => {
  server = await running();
});
afterAll(() => server.stop());

const path = '/theme';
const patch = (body: unknown) => server.manage('PATCH', path, body);
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
const everything = {
  colors: null,
  radius: null,
  density: null,
  font: null,
  productName: null,
  supportLink: null,
  logo: null,
  favicon: null,
};
const untouched = { colors: defaultColours, radius: 'medium', density: 'regular', font: 'system' };

beforeEach(() => patch(everything));

describe('the theme', () => {
  it('is the default at first, every colour said', async () => {
    expect((await server.manage('GET', path)).body).toEqual(untouched);
  });

  it('PATCH changes what it names, colour by colour; null clears', async () => {
    await patch({ colors: { light: { accent: '#0A5C36', accentStrong: '#084428' } }, radius: 'large', productName: ' Northwind ' });
    const { body } = await patch({
      colors: { dark: { ground: '#000000' }, light: { accentStrong: null } },
      density: 'roomy',
      font: 'serif',
    });
    expect(body).toEqual({
      colors: {
        light: { ...defaultColours.light, accent: '#0a5c36' },
        dark: { ...defaultColours.dark, ground: '#000000' },
      },
      radius: 'large',
      density: 'roomy',
      font: 'serif',
      productName: 'Northwind',
    });
    expect((await patch({ colors: { light: null }, radius: null, productName: null })).body).toEqual({
      ...untouched,
      colors: { light: defaultColours.light, dark: { ...defaultColours.dark, ground: '#000000' } },
      density: 'roomy',
      font: 'serif',
    });
    expect((await patch(everything)).body).toEqual(untouched);
  });

  it('is audited with what was and what is, pictures by their size alone', async () => {
    const file = base64(png(64, 32));
    await patch({ logo: file, supportLink: 'https://help.example/a?b=c#d' });
    const { text, body } = await server.manage('GET', '/audit?limit=1');
    expect(body).toMatchObject([
      {
        what: 'theme.updated',
        detail: { before: { radius: 'medium' }, after: { logo: { type: 'png', width: 64, height: 32, bytes: png(64, 32).length } } },
      },
    ]);
    expect(text).not.toContain(file.slice(0, 40));
  });
});

describe('colours that are too close', () => {
  it('are refused in either scheme; the refusal names the pair and its contrast', async () => {
    const { status, body } = await patch({ colors: { dark: { accent: '#444444' } } });
    expect([status, body.error]).toEqual([400, 'invalid_configuration']);
    expect(body.errorDescription).toBe('`accent` on `surface` has a contrast of 1.75:1 in the dark scheme, 4.5:1 is needed');
    expect(body.details).toEqual(
      expect.arrayContaining([
        { pointer: '/colors/dark/accent', on: 'surface', ratio: 1.75, needed: 4.5 },
        { pointer: '/colors/dark/accent', on: 'ground', ratio: expect.any(Number), needed: 3 },
        { pointer: '/colors/dark/onAccent', on: 'accent', ratio: expect.any(Number), needed: 4.5 },
      ]),
    );
    expect((await server.manage('GET', path)).body).toEqual(untouched);
  });

  it('a shade below is refused, a shade above is taken', async () => {
    expect((await patch({ colors: { light: { muted: '#6f6f6f' } } })).body.details).toMatchObject([{ on: 'soft', needed: 4.5 }]);
    expect((await patch({ colors: { light: { muted: '#656565' } } })).status).toBe(200);
    expect((await patch({ colors: { light: { field: '#a0a0a0' } } })).body.details).toMatchObject([{ on: 'surface', needed: 3 }]);
  });
});

const hostile = [
  'red',
  '#fff',
  '#ffffff;}body{display:none}',
  'url(https://evil.example/x)',
  'var(--x)',
  '</style><script>alert(1)</script>',
  'javascript:alert(1)',
  'expression(alert(1))',
  '\u202e#ffffff',
  '#ffffff\n',
  '',
  ' #ffffff',
];

describe('CSS, addresses and markup', () => {
  it.each(hostile)('%j is no value of any field', async (text) => {
    for (const name of colourNames) expect((await patch({ colors: { light: { [name]: text } } })).status, name).toBe(400);
    for (const field of ['radius', 'density', 'font', 'supportLink', 'logo', 'favicon']) {
      // an empty file is read, and is no picture
      expect((await patch({ [field]: text })).status, field).toBe(400);
    }
    expect((await server.manage('GET', path)).body).toEqual(untouched);
  });

  it.each([
    '<b>Bank</b>',
    '</style><script>alert(1)</script>',
    'https://evil.example',
    'a\nb',
    'a\u202eb',
    'x'.repeat(61),
    ' ',
    'www.evil.example',
  ])('%j is no product name', async (productName) =>
    expect((await patch({ productName })).body.details).toMatchObject([{ pointer: '/productName' }]),
  );

  it('braces and dollars in a name stay text', async () => {
    const productName = ['{{7*7}} $', '{7*7} {application}'].join('');
    expect((await patch({ productName })).body.productName).toBe(productName);
  });

  it.each([
    'http://help.example/',
    'https://user:secret@help.example/',
    'https://user@help.example/',
    '//help.example/',
    'https:help.example',
    'https:///help.example',
    'https://help.example\\@evil.example',
    'https://help.example/"onclick="alert(1)',
    'https://help.example/ x',
    ' https://help.example/',
    'https://',
    `https://help.example/${'x'.repeat(250)}`,
    'data:text/html,x',
  ])('%j is no support link', async (supportLink) => expect((await patch({ supportLink })).status).toBe(400));

  it.each([{ css: 'body{}' }, { colors: { light: { '--accent': '#000000' } } }, { colors: { sepia: {} } }, { colors: [] }, { html: '' }])(
    '%j is no part of a theme',
    async (body) => expect((await patch(body)).status).toBe(400),
  );
});

describe('pictures', () => {
  it('are taken as PNG and as SVG, and told by kind and size', async () => {
    const { body } = await patch({ logo: base64(svg()), favicon: base64(png(32, 32)) });
    expect(body).toMatchObject({
      logo: { type: 'svg', width: 120, height: 40, bytes: svg().length },
      favicon: { type: 'png', width: 32, height: 32, bytes: png(32, 32).length },
    });
  });

  it.each<[string, string, Uint8Array]>([
    ['too wide', 'logo', png(1025, 1)],
    ['too high', 'logo', png(1, 513)],
    ['without a height', 'favicon', png(1, 0)],
    ['an SVG without a size', 'logo', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/></svg>')],
    ['too large', 'favicon', png(8, 8, [['tEXt', Buffer.alloc(16 * 1024)]])],
    ['too large', 'logo', png(8, 8, [['tEXt', Buffer.alloc(32 * 1024)]])],
    ['an SVG with a script', 'logo', svg('<script>alert(1)</script>')],
    ['HTML', 'favicon', Buffer.from('<html></html>')],
  ])('%s are refused: %s', async (_, field, bytes) => {
    const { status, body } = await patch({ [field]: base64(bytes) });
    expect([status, body.details]).toMatchObject([400, [{ pointer: `/${field}` }]]);
  });

  it('base64 of another alphabet, a data URL and a body over the limit are refused', async () => {
    for (const logo of [`data:image/png;base64,${base64(png(4, 4))}`, `${base64(png(4, 4))}*`, 7])
      expect((await patch({ logo })).status).toBe(400);
    expect((await patch({ logo: 'A'.repeat(300 * 1024) })).status).toBe(413);
  });
});
