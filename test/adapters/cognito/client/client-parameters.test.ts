import { describe, expect, it } from 'vitest';
import { ChallengeError } from '../../../../adapters/cognito/client/challenge-error.ts';
import { type ChallengeOptions, completeChallenge } from '../../../../adapters/cognito/client/index.ts';
import { originFrom, readParameters } from '../../../../adapters/cognito/client/parameters.ts';

const origin = 'https://stepward.example';
const url = `${origin}/challenge?c=abcdefghijklmnopqrstuv`;
const asked = (more: object) => ({ stepward: '1', mode: 'challenge', url, expiresAt: '2026-03-02T09:10:00.000Z', ...more });

const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof ChallengeError) return error.code;
    throw error;
  }
  return 'none';
};

describe('what the trigger asks for', () => {
  it('nothing: the answer is `continue`, whatever else the parameters say', async () => {
    const options: ChallengeOptions = { mode: 'popup', challengeOrigin: origin };
    expect(await completeChallenge({ stepward: '1', mode: 'none', url: 'javascript:alert(1)' }, options)).toBe('continue');
    expect(await completeChallenge({ stepward: '1', mode: 'none', USERNAME: 'ada' }, { ...options, mode: 'window' })).toBe('continue');
  });

  it('a challenge: its address', () => {
    expect(readParameters(asked({ USERNAME: 'ada' }), origin)).toEqual({ kind: 'challenge', url });
    const below = 'https://stepward.example/under/challenge?c=abc';
    expect(readParameters(asked({ url: below }), origin)).toEqual({ kind: 'challenge', url: below });
  });

  it.each([
    ['nothing at all', undefined],
    ['null', null],
    ['a text', 'stepward'],
    ['a list', []],
    ['no marker', asked({ stepward: undefined })],
    ['another version', asked({ stepward: '2' })],
    ['a marker of another type', asked({ stepward: 1 })],
    ['another mode', asked({ mode: 'popup' })],
    ['no mode', asked({ mode: undefined })],
    ['a mode of another type', asked({ mode: ['challenge'] })],
    ['no address', asked({ url: undefined })],
    ['an address of another type', asked({ url: { href: url } })],
    ['an endless address', asked({ url: `${url}${'a'.repeat(3000)}` })],
    ['a prototype', Object.create({ stepward: '0', mode: 'none' })],
  ])('%s is refused as `invalid_parameters`', (_, parameters) => {
    expect(codeOf(() => readParameters(parameters, origin))).toBe('invalid_parameters');
  });

  it.each([
    ['https://evil.example/challenge?c=abc'],
    ['https://stepward.example.evil.example/challenge?c=abc'],
    ['https://stepward.example@evil.example/challenge?c=abc'],
    ['https://user:word@stepward.example/challenge?c=abc'],
    ['https://stepward.example:8443/challenge?c=abc'],
    ['http://stepward.example/challenge?c=abc'],
    ['//evil.example/challenge?c=abc'],
    ['/challenge?c=abc'],
    ['https:evil.example/challenge?c=abc'],
    ['\\\\evil.example\\challenge?c=abc'],
    ['javascript:alert(1)//challenge?c=abc'],
    ['java\nscript:alert(1)//challenge?c=abc'],
    ['data:text/html,<script>alert(1)</script>/challenge?c=abc'],
    ['blob:https://stepward.example/challenge?c=abc'],
    ['ftp://stepward.example/challenge?c=abc'],
    ['https://stepward.example/elsewhere?c=abc'],
    ['https://stepward.example/challenge/../console?c=abc'],
    ['https://stepward.example/challenge'],
    ['https://stepward.example/challenge?c=abc&c=def'],
    ['https://stepward.example/challenge?c=abc#c=def'],
    [''],
  ])('the address %j is refused as `wrong_origin`', (address) => {
    expect(codeOf(() => readParameters(asked({ url: address }), origin))).toBe('wrong_origin');
  });
});

describe('the origin that an application names', () => {
  it.each([[origin], ['https://stepward.example:8443'], ['http://localhost:8787'], ['http://127.0.0.1:8787'], ['http://[::1]:8787']])(
    '%s',
    (named) => expect(originFrom(named)).toBe(named),
  );

  it.each([
    [undefined],
    [null],
    [''],
    ['*'],
    ['stepward.example'],
    ['https://stepward.example/'],
    ['https://stepward.example/challenge'],
    ['https://STEPWARD.example'],
    ['https://stepward.example:443'],
    ['http://stepward.example'],
    ['http://localhost.evil.example'],
    ['blob:https://stepward.example'],
    ['null'],
    [['https://stepward.example']],
  ])('%j is a mistake of the caller', async (named) => {
    expect(() => originFrom(named)).toThrow(TypeError);
    const options = { mode: 'popup', challengeOrigin: named } as ChallengeOptions;
    await expect(completeChallenge({ stepward: '1', mode: 'none' }, options)).rejects.toThrow(TypeError);
  });

  it('an unknown mode is one, too, and a signal that was given up ends it before anything is shown', async () => {
    const wrong = { mode: 'redirected', challengeOrigin: origin } as unknown as ChallengeOptions;
    await expect(completeChallenge(asked({}), wrong)).rejects.toThrow(TypeError);
    const signal = AbortSignal.abort('left the page');
    await expect(completeChallenge(asked({}), { mode: 'popup', challengeOrigin: origin, signal })).rejects.toBe('left the page');
  });
});
