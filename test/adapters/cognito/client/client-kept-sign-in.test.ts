import { beforeEach, describe, expect, it } from 'vitest';
import { ChallengeError } from '../../../../adapters/cognito/client/challenge-error.ts';
import { keepSignIn, type SignIn, type TabStorage, takeSignIn } from '../../../../adapters/cognito/client/kept-sign-in.ts';

const now = Date.parse('2026-03-02T09:00:00Z');
const signIn: SignIn = { username: 'ada', session: 'AYABeC…' };
const slot = 'stepward.sign-in';

let entries: Map<string, string>;
let storage: TabStorage;
beforeEach(() => {
  entries = new Map();
  storage = {
    getItem: (key) => entries.get(key) ?? null,
    setItem: (key, value) => void entries.set(key, value),
    removeItem: (key) => void entries.delete(key),
  };
});

describe('the sign-in that waits while the browser is away', () => {
  it('comes back once, under the state that it was kept under', () => {
    const state = keepSignIn(storage, signIn, now);
    expect(state).toMatch(/^stepward-[\da-f]{32}$/);
    expect(takeSignIn(storage, state, now + 1000)?.signIn).toEqual(signIn);
    expect(takeSignIn(storage, state, now + 1000)).toBeUndefined();
    expect([...entries]).toEqual([]);
  });

  it('another state takes nothing, and ends nothing', () => {
    const state = keepSignIn(storage, signIn, now);
    for (const other of [null, '', 'stepward-', state.slice(0, -1), `${state}0`, 'stepward-00000000000000000000000000000000'])
      expect(takeSignIn(storage, other, now)).toBeUndefined();
    expect(takeSignIn(storage, state, now)?.signIn).toEqual(signIn);
  });

  it('a second sign-in takes the place of the first', () => {
    const first = keepSignIn(storage, signIn, now);
    const second = keepSignIn(storage, { ...signIn, username: 'bob' }, now);
    expect(first).not.toBe(second);
    expect(takeSignIn(storage, first, now)).toBeUndefined();
    expect(takeSignIn(storage, second, now)?.signIn?.username).toBe('bob');
  });

  it('after 15 minutes it is gone, and said to be', () => {
    const state = keepSignIn(storage, signIn, now);
    expect(() => takeSignIn(storage, state, now + 15 * 60_000)).toThrow(expect.objectContaining({ code: 'expired' }));
    expect([...entries]).toEqual([]);
    const again = keepSignIn(storage, signIn, now);
    expect(takeSignIn(storage, again, now + 15 * 60_000 - 1)?.signIn).toEqual(signIn);
  });

  it.each([
    ['no JSON', '{'],
    ['null', 'null'],
    ['a number', '1'],
    ['no state', '{"until":9e15}'],
    ['a state of another type', '{"state":["x"],"until":9e15}'],
    ['no time', '{"state":"x"}'],
    ['a time of another type', '{"state":"x","until":"later"}'],
  ])('what is no kept sign-in (%s) is none', (_, text) => {
    entries.set(slot, text);
    expect(takeSignIn(storage, 'x', now)).toBeUndefined();
  });

  it.each([
    ['no session', { username: 'ada' }],
    ['an empty session', { username: 'ada', session: '' }],
    ['a session of another type', { username: 'ada', session: 1 }],
    ['no user', { session: 'AYABeC…' }],
    ['nothing', undefined],
    ['null', null],
  ])('with %s nothing could go on: a mistake of the caller', (_, keep) => {
    expect(() => keepSignIn(storage, keep as SignIn, now)).toThrow(TypeError);
    expect([...entries]).toEqual([]);
  });

  it('keeps nothing else of what it is given', () => {
    keepSignIn(storage, { ...signIn, password: 'correct horse' } as SignIn, now);
    expect(entries.get(slot)).not.toContain('correct horse');
  });
});

describe('Amplify, which keeps the session itself', () => {
  it('is given the time of the session, and our entry has no session in it', () => {
    entries.set('CognitoSignInState.signInSession', 'AYABeC…');
    entries.set('CognitoSignInState.expiry', String(now + 3 * 60_000));
    const state = keepSignIn(storage, 'amplify', now);
    expect(entries.get('CognitoSignInState.expiry')).toBe(String(now + 15 * 60_000));
    expect(entries.get(slot)).not.toContain('AYABeC…');
    const kept = takeSignIn(storage, state, now);
    expect(kept).toMatchObject({ state });
    expect(kept?.signIn).toBeUndefined();
    expect(takeSignIn(storage, state, now)).toBeUndefined();
  });

  it('without a sign-in of its there is nothing to keep', () => {
    expect(() => keepSignIn(storage, 'amplify', now)).toThrow(TypeError);
    expect([...entries]).toEqual([]);
  });
});

it('an error tells its code, and nothing of the sign-in', () => {
  const error = new ChallengeError('not_kept');
  expect(error).toMatchObject({ name: 'ChallengeError', code: 'not_kept' });
  expect(error.message).not.toContain(signIn.session);
});
