import { describe, expect, it } from 'vitest';
import { originProblem, uriProblem } from '../../../core/hosts/uri-problem.ts';
import corpus from '../../vectors/registered-uris.json' with { type: 'json' };

const takes = (url: string, privateUse: boolean): boolean => uriProblem(url, { loopback: true, privateUse }) === undefined;

describe('a URI that is registered', () => {
  it('has a corpus of at least 150, with every answer in it', () => {
    expect(corpus.cases.length).toBeGreaterThanOrEqual(150);
    expect(new Set(corpus.cases.map(({ url }) => url)).size).toBe(corpus.cases.length);
    for (const kind of ['all', 'public', 'none']) expect(corpus.cases.filter((one) => one.for === kind).length, kind).toBeGreaterThan(5);
  });

  it.each(corpus.cases)('$why: $url', (one) => {
    expect([takes(one.url, false), takes(one.url, true)]).toEqual([one.for === 'all', one.for !== 'none']);
  });

  it('that is taken is read alike by every parser: it is what the parser writes', () => {
    for (const { url } of corpus.cases.filter((one) => one.for !== 'none')) expect([url, `${url}/`]).toContain(new URL(url).href);
  });

  it('without TLS is loopback only where that is asked for', () => {
    expect(uriProblem('http://localhost:3000/cb', { loopback: false })).toBe('must begin with `https://`');
    expect(uriProblem('https://localhost:3000/cb', { loopback: false })).toBeUndefined();
  });

  it('that a parser would change is answered with what it would be', () => {
    expect(uriProblem('https://APP.example/a/../cb', { loopback: true })).toBe('must be written as `https://app.example/cb`');
  });
});

describe('an origin', () => {
  it.each(['https://app.example', 'https://app.example:8443', 'http://localhost:3000', 'http://[::1]:5173'])('%s', (origin) => {
    expect(originProblem(origin)).toBeUndefined();
  });

  it.each([
    ...['', 'null', '*', 'https://*', 'https://*.example', 'https://app.example/', 'https://app.example/cb', 'https://app.example?x'],
    ...[
      'https://app.example:443',
      'HTTPS://app.example',
      'https://APP.example',
      'http://app.example',
      'http://localhost:80',
      'app.example',
    ],
    ...[
      'https://user@app.example',
      'https://bücher.example',
      'https://app.example.',
      'com.example.app://x',
      'file://',
      'https://app.example#',
    ],
  ])('not `%s`', (origin) => {
    expect(originProblem(origin)).toMatch(/^must /);
  });
});
