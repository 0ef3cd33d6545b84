import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Webhook } from '@authsignal/node';
import { describe, expect, it } from 'vitest';
import { constructEvent, SignatureError } from '../../../adapters/client/index.ts';

const payload = '{"version":1,"type":"email.created","id":"e-1","data":{"to":"a@b.c"}}';
const at = 1_800_000_000;
const sign = (key: string, body = payload, time: number | string = at) =>
  createHmac('sha256', key).update(`${time}.${body}`).digest('base64').replaceAll('=', '');
const header = (...signatures: string[]) => [`t=${at}`, ...signatures.map((each) => `v2=${each}`)].join(',');
const check = (signature: string, more: { tolerance?: number; now?: number; body?: string } = {}) =>
  constructEvent(more.body ?? payload, signature, { key: 'k', tolerance: more.tolerance, now: () => (more.now ?? at) * 1000 });

describe('a webhook counts where its signature holds', () => {
  it('one key, and several during a rotation', () => {
    expect(check(header(sign('k'))).id).toBe('e-1');
    expect(check(header(sign('other'), sign('k'))).id).toBe('e-1');
  });

  it('as the SDK checks it', () => {
    const now = Math.floor(Date.now() / 1000);
    const signature = `t=${now},v2=${sign('k', payload, now)}`;
    expect(new Webhook('k').constructEvent(payload, signature)).toEqual(constructEvent(payload, signature, { key: 'k' }));
  });

  it.each([
    ['another key', header(sign('other')), {}],
    ['a changed body', header(sign('k')), { body: `${payload} ` }],
    ['an old one', header(sign('k')), { now: at + 301 }],
    ['one from the future', header(sign('k')), { now: at - 301 }],
    ['another time than was signed', header(sign('k')).replace(String(at), String(at + 1)), {}],
    ['no signature', `t=${at}`, {}],
    ['no time', `v2=${sign('k')}`, {}],
    ['an empty signature', `t=${at},v2=`, {}],
    ['nothing', '', {}],
    ['another version', `t=${at},v1=${sign('k')}`, {}],
    ['a number that is none', `t=1e99,v2=${sign('k', payload, '1e99')}`, {}],
  ])('%s is refused', (_, signature, more) => expect(() => check(signature, more)).toThrow(SignatureError));

  it('the tolerance is in minutes', () => expect(check(header(sign('k')), { tolerance: 10, now: at + 599 }).id).toBe('e-1'));
});

type Vector = {
  readonly name: string;
  readonly key: string;
  readonly body: string;
  readonly header: string;
  readonly now: number;
  readonly valid: boolean;
};
const { vectors }: { readonly vectors: readonly Vector[] } = JSON.parse(
  readFileSync(`${import.meta.dirname}/../../vectors/webhook-signatures.json`, 'utf8'),
);

describe('the published vectors of signatures hold', () => {
  it.each(vectors.map((vector) => [vector.name, vector] as const))('%s', (_, { key, body, header: signature, now, valid }) => {
    const event = () => constructEvent(body, signature, { key, now: () => now * 1000 });
    if (valid) expect(event()).toEqual(JSON.parse(body));
    else expect(event).toThrow(SignatureError);
  });
});
