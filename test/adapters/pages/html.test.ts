import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { html, raw, toText } from '../../../adapters/pages/html.ts';

const folder = new URL('../../../adapters/pages/', import.meta.url).pathname;
const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.startsWith('browser/'))
  .map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }));

describe('templates', () => {
  it('escape what is put into them, in text and in quoted attributes', () => {
    const hostile = `"'><script>alert(1)</script>&`;
    expect(toText(html`<p title="${hostile}">${hostile}</p>`)).toBe(
      '<p title="&quot;&#39;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;">&quot;&#39;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;</p>',
    );
  });

  it('keep markup, join lists, leave nothing for what is absent', () => {
    expect(toText(html`${html`<b>${'<'}</b>`}${['a', html`<i></i>`, 1]}${undefined}${false}`)).toBe('<b>&lt;</b>a<i></i>1');
    expect(toText(html`${raw('<hr>')}`)).toBe('<hr>');
  });

  it('take no object that a request could hold for markup', () => {
    const parsed = JSON.parse('{"markup":"<script>","html":"<script>","Symbol(markup)":"<script>"}');
    expect(() => toText(html`${parsed}`)).toThrow(TypeError);
  });

  it('are the only way to markup: `raw` is called for constants in one file', () => {
    const callers = sources.filter(({ name, text }) => name !== 'html.ts' && /\braw\b/.test(text)).map(({ name }) => name);
    expect(callers).toEqual(['icons.ts']);
    const icons = sources.find(({ name }) => name === 'icons.ts')?.text ?? '';
    expect(icons.match(/\$\{[^}]*\}/g)?.map((hole) => hole.slice(2, -1))).toEqual(['shapes[name]']);
  });

  it('never put a value into an attribute without quotes, nor into script or style', () => {
    for (const { name, text } of sources.filter(({ text }) => text.includes('html`'))) {
      expect(text, name).not.toMatch(/<[a-z][^`]*\s[a-z-]+=\$\{/);
      expect(text, name).not.toMatch(/<style|<script(?! type="module" src="\$\{assets\.script\}"><\/script>)/);
      expect(text, name).not.toMatch(/\son[a-z]+="/);
    }
  });
});
