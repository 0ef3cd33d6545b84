import { describe, expect, it } from 'vitest';
import { readMessage } from '../../../../adapters/cognito/client/message.ts';

const event = (name: string, more: object = {}) => JSON.stringify({ event: `AUTHSIGNAL_${name}`, ...more });

describe('what a page of a challenge tells', () => {
  it.each([
    [event('READY'), { kind: 'ready' }],
    [event('API_ERROR', { errorCode: 'not_found', statusCode: 404 }), { kind: 'trouble' }],
    [event('CLOSE_POPUP', { token: 'a.b-c.d_e' }), { kind: 'end', answer: 'a.b-c.d_e' }],
    [event('CLOSE_POPUP', { token: 'AAAAAAAAAAAAAAAAAAAAAA' }), { kind: 'end', answer: 'AAAAAAAAAAAAAAAAAAAAAA' }],
    [event('CLOSE_POPUP'), { kind: 'end', answer: undefined }],
    [{ height: 412 }, { kind: 'height', height: 412 }],
  ])('%j', (data, message) => expect(readMessage(data)).toEqual(message));

  it.each([
    ['an empty token', event('CLOSE_POPUP', { token: '' })],
    ['a token of another type', event('CLOSE_POPUP', { token: { toString: 'a.b.c' } })],
    ['a token with other characters', event('CLOSE_POPUP', { token: 'a.b.c\n' })],
    ['an endless token', event('CLOSE_POPUP', { token: 'a'.repeat(5000) })],
  ])('%s is no answer', (_, data) => expect(readMessage(data)).toEqual({ kind: 'end', answer: undefined }));

  it.each([
    ['no JSON', 'AUTHSIGNAL_CLOSE_POPUP'],
    ['another event', event('OTHER')],
    ['JSON that is no object', '"AUTHSIGNAL_CLOSE_POPUP"'],
    ['the event as an object', { event: 'AUTHSIGNAL_CLOSE_POPUP', token: 'a.b.c' }],
    ['null', null],
    ['nothing', undefined],
    ['no height', { height: '412px' }],
    ['a height below nothing', { height: -1 }],
    ['a height beyond every screen', { height: 1e9 }],
    ['a height that is no number', { height: Number.NaN }],
  ])('%s says nothing', (_, data) => expect(readMessage(data)).toEqual({ kind: 'other' }));
});
