import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const root = `${import.meta.dirname}/../..`;
type Locked = { readonly dev?: boolean; readonly devOptional?: boolean; readonly optional?: boolean; readonly hasInstallScript?: boolean };
const lock = JSON.parse(readFileSync(`${root}/package-lock.json`, 'utf8')) as { packages: Record<string, Locked> };
const production = Object.entries(lock.packages)
  .filter(([place, { dev, devOptional, optional }]) => place && !dev && !devOptional && !optional)
  .map(([place]) => place);

const permitted = new Set([
  'MIT',
  'MIT-0',
  'Apache-2.0',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'Unlicense',
  'CC0-1.0',
  'BlueOak-1.0.0',
]);
/** Copyleft, an end-user licence on the data inside, or a fetch at install time. */
const refused = /(?:^|\/)(?:ua-parser-js|device-detector-js|geoip-lite|geoip-country|fast-geoip|geolite2-[a-z-]+|free-email-domains)$/;

const licenceOf = (place: string): string => {
  const { license, licenses } = JSON.parse(readFileSync(`${root}/${place}/package.json`, 'utf8')) as {
    license?: string | { type: string };
    licenses?: { type: string }[];
  };
  return typeof license === 'string' ? license : (license?.type ?? licenses?.map(({ type }) => type).join(' OR ') ?? 'none stated');
};

const isPermitted = (licence: string): boolean =>
  licence
    .replace(/[()]/g, '')
    .split(' OR ')
    .some((choice) => choice.split(' AND ').every((part) => permitted.has(part.trim())));

describe('what is shipped may be used by anyone', () => {
  it('every production dependency has a permissive licence', () => {
    expect(production.length).toBeGreaterThan(20);
    expect(production.map((place) => `${place}: ${licenceOf(place)}`).filter((line) => !isPermitted(line.split(': ')[1] ?? ''))).toEqual(
      [],
    );
  });

  it('no package is installed at all that is bound to a data licence or to copyleft', () => {
    expect(Object.keys(lock.packages).filter((place) => refused.test(place))).toEqual([]);
  });

  it('no production dependency runs a script when it is installed', () => {
    expect(production.filter((place) => lock.packages[place]?.hasInstallScript)).toEqual([]);
  });

  it('the judgement itself can fail', () => {
    expect(['AGPL-3.0-or-later', 'GPL-3.0', 'LGPL-3.0', 'none stated', 'MIT AND GPL-2.0'].filter(isPermitted)).toEqual([]);
    expect(isPermitted('(MIT OR GPL-3.0)')).toBe(true);
  });
});
