import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';
import { decisions } from '../support/decide.ts';

const script = resolve(import.meta.dirname, '../support/decide.ts');
const elsewhere = async (seed: number, env: Readonly<Record<string, string>>): Promise<string> =>
  (
    await promisify(execFile)(process.execPath, ['--disable-warning=ExperimentalWarning', script, String(seed)], {
      env: { PATH: process.env.PATH ?? '', ...env },
    })
  ).stdout;

/** The first words of each line that differs, so that a failure can be read. */
const differences = (actual: string, expected: string): readonly string[] => {
  const lines = expected.split('\n');
  return actual.split('\n').flatMap((line, nth) => {
    const other = lines[nth] ?? '';
    const from = [...line].findIndex((character, at) => character !== other[at]);
    return line === other ? [] : [`${nth}: ${line.slice(from - 40, from + 40)} | ${other.slice(from - 40, from + 40)}`];
  });
};

describe("an SSO portal's adaptive level: rules were iterated in hash order, so that the result changed from run to run", () => {
  let expected = '';
  let postgres: TestPostgres | undefined;
  beforeAll(async () => {
    [expected, postgres] = await Promise.all([decisions(1), startPostgres()]);
  });
  afterAll(() => postgres?.stop());

  it('the requests that decide this meet every kind of outcome', () => {
    for (const outcome of ['BLOCK', 'REVIEW', 'CHALLENGE', 'ALLOW']) expect(expected).toContain(`"${outcome}"`);
  });

  // fails without: rules sorted by priority when they are compiled
  it.each([2, 3, 4, 5])('the order of insertion does not matter (%i)', async (seed) => {
    expect(differences(await decisions(seed), expected)).toEqual([]);
  });

  // fails without: time in UTC, comparison by code point
  it.each([
    { TZ: 'UTC', LANG: 'C', LC_ALL: 'C' },
    { TZ: 'America/St_Johns', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' },
    { TZ: 'Pacific/Chatham', LANG: 'ar_EG.UTF-8', LC_ALL: 'ar_EG.UTF-8' },
  ])('nor process, time zone and language of the host: $TZ $LANG', async (env) => {
    expect(differences(await elsewhere(6, env), expected)).toEqual([]);
  });

  it('nor the store', async (context) => {
    if (!postgres) return context.skip('skipped: no PostgreSQL here');
    expect(differences(await decisions(7, await postgres.database()), expected)).toEqual([]);
  });
});
