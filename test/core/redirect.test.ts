import { describe, expect, it } from 'vitest';
import { isAllowedRedirect } from '../../core/redirect.ts';
import corpus from '../vectors/redirects.json' with { type: 'json' };

describe('where a browser may be sent', () => {
  it('has a corpus of at least 150, with both answers in it', () => {
    expect(corpus.cases.length).toBeGreaterThanOrEqual(150);
    expect(new Set(corpus.cases.map(({ url }) => url)).size).toBe(corpus.cases.length);
    expect(corpus.cases.filter(({ allowed }) => allowed).length).toBeGreaterThan(20);
  });

  it.each(corpus.cases)('$why: $url', ({ url, allowed }) => {
    expect(isAllowedRedirect(url, corpus.origins, false)).toBe(allowed);
  });

  it('allows nothing where no origin is listed', () => {
    for (const { url } of corpus.cases) expect(isAllowedRedirect(url, [], false)).toBe(false);
  });

  it('never takes `null`, the origin of what has none, for a listed origin', () => {
    expect(isAllowedRedirect('data:text/html,x', ['null'], false)).toBe(false);
    expect(isAllowedRedirect('https://good.example/', ['null', '*', 'https://*', 'https://*.example'], false)).toBe(false);
  });
});

describe('any loopback port, in development', () => {
  it.each(corpus.anyLoopbackPort)('$url', ({ url, allowed }) => {
    expect(isAllowedRedirect(url, corpus.origins, true)).toBe(allowed);
  });

  it('is off unless asked for', () => {
    expect(isAllowedRedirect('http://localhost:5173/', [], false)).toBe(false);
  });
});
