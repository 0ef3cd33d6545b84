import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type ChallengeErrorCode, type RefusalCode, readRefusal } from '../../../../adapters/cognito/client/index.ts';
import { Refusal, type RefusalCode as ThrownCode } from '../../../../adapters/cognito/triggers/refusal.ts';

const reference = '3f0c9f1e-6d0b-4a55-9c41-1b6f0f1f9a77';
const said = (marker: string, trigger = 'CreateAuthChallenge') => `${trigger} failed with error ${marker} Sign-in was blocked.`;
const cognito = (message: string) => Object.assign(new Error(message), { name: 'UserLambdaValidationException' });

/** What the triggers throw and what the helper reads are the same codes: else this does not compile. */
const codes = { blocked: true, review: true, interaction_required: true, unavailable: true, again: true } as const satisfies Record<
  RefusalCode & ThrownCode,
  true
> &
  Record<RefusalCode | ThrownCode, true>;
const ofHelper = {
  invalid_parameters: true,
  wrong_origin: true,
  popup_blocked: true,
  cancelled: true,
  expired: true,
  not_kept: true,
  unavailable: true,
} as const satisfies Record<ChallengeErrorCode, true>;

describe('what an application can show of an error of the triggers', () => {
  it.each(Object.keys(codes) as ThrownCode[])('%s, as a trigger throws it', (code) => {
    const message = `PreTokenGeneration failed with error ${new Refusal(code, { ref: reference }).message}.`;
    expect(readRefusal(cognito(message))).toMatchObject({ code, reference });
    expect(readRefusal(cognito(new Refusal(code).message))).toEqual({ code, text: expect.any(String) });
  });

  it('every code is in the docs', () => {
    const page = readFileSync('docs/cognito.md', 'utf8');
    for (const code of [...Object.keys(codes), ...Object.keys(ofHelper)]) expect(page).toContain(`\`${code}\``);
  });

  it.each([['blocked'], ['review'], ['interaction_required'], ['unavailable'], ['again']] as const)('%s', (code) => {
    const refusal = readRefusal(cognito(said(`[stepward:${code}:${reference}]`)));
    expect(refusal).toMatchObject({ code, reference });
    expect(refusal?.text).toMatch(/\.$/);
    expect(readRefusal(cognito(said(`[stepward:${code}]`)))).toEqual({ code, text: refusal?.text });
  });

  it('of every trigger, as an error, an object or a text', () => {
    for (const trigger of ['DefineAuthChallenge', 'VerifyAuthChallengeResponse', 'PreTokenGeneration']) {
      const message = said('[stepward:unavailable:config]', trigger);
      for (const error of [cognito(message), { message }, message])
        expect(readRefusal(error)).toMatchObject({ code: 'unavailable', reference: 'config' });
    }
  });

  it('a code that it does not know is one that nobody can do anything about', () => {
    for (const code of ['quarantined', 'constructor', '__proto__', 'toString'])
      expect(readRefusal(said(`[stepward:${code}:${reference}]`))).toMatchObject({ code: 'unavailable', reference });
  });

  it('shows no text that came over the network', () => {
    const refusal = readRefusal(`CreateAuthChallenge failed with error [stepward:blocked:${reference}] <img src=x onerror=alert(1)>.`);
    expect(JSON.stringify(refusal)).not.toContain('<');
    expect(readRefusal('[stepward:blocked:<img src=x>] Sign-in was blocked')).toBeUndefined();
    expect(readRefusal(`[stepward:blocked:${'a'.repeat(200)}]`)).toBeUndefined();
  });

  it.each([
    ['a wrong password', cognito('Incorrect username or password.')],
    ['another marker', '[other:blocked:1]'],
    ['no code', '[stepward:] no'],
    ['nothing', undefined],
    ['null', null],
    ['a number', 7],
    ['a message of another type', { message: { text: '[stepward:blocked]' } }],
    ['a marker far behind', `${'a'.repeat(5000)}[stepward:blocked]`],
  ])('%s is none of them', (_, error) => expect(readRefusal(error)).toBeUndefined());

  it('is quick with what is made to be slow', () => {
    expect(readRefusal(`${'[stepward:'.repeat(100_000)}`)).toBeUndefined();
  });
});
