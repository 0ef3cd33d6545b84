import { createHmac, hkdfSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createSecrets, type EncryptionKey } from '../../../adapters/secrets/secrets.ts';

const key = (id: string, byte: number): EncryptionKey => ({ id, key: new Uint8Array(32).fill(byte) });
const [old, present, foreign] = [key('2026', 1), key('2027', 2), key('2028', 3)];
const secrets = createSecrets({ keys: [old] });
const text = 'JBSWY3DPEHPK3PXP – ключ 🔑';

describe('sealing', () => {
  it.each(['', 'x', text, 'y'.repeat(100_000)])('opens what it sealed', (plain) => {
    expect(secrets.open('totp|ada', secrets.seal('totp|ada', plain))).toBe(plain);
  });

  it('names the key, hides the text, and never seals alike', () => {
    const sealed = Array.from({ length: 100 }, () => secrets.seal('totp|ada', text));
    for (const one of sealed) {
      expect(one).toMatch(/^2026\.[A-Za-z0-9_-]{32}\.[A-Za-z0-9_-]+$/);
      expect(Buffer.from(one.split('.')[2] ?? '', 'base64url').toString()).not.toContain('JBSW');
    }
    expect(new Set(sealed.map((one) => one.split('.')[1])).size).toBe(100);
    expect(new Set(sealed.map((one) => one.split('.')[2])).size).toBe(100);
  });

  it.each(['totp|eve', 'totp|ad', 'totp|ada ', ''])('does not open in the context %j', (context) => {
    expect(() => secrets.open(context, secrets.seal('totp|ada', text))).toThrow(expect.objectContaining({ code: 'internal_error' }));
  });

  it('does not open once any one character was changed, taken or added', () => {
    const sealed = secrets.seal('totp|ada', 'secret');
    for (let at = 0; at < sealed.length; at += 1) {
      const other = sealed[at] === 'A' ? 'B' : 'A';
      for (const changed of [
        sealed.slice(0, at) + other + sealed.slice(at + 1),
        sealed.slice(0, at) + sealed.slice(at + 1),
        `${sealed.slice(0, at)}A${sealed.slice(at)}`,
      ]) {
        if (changed === sealed) continue;
        expect(() => secrets.open('totp|ada', changed)).toThrow(expect.objectContaining({ code: 'internal_error' }));
      }
    }
  });

  it.each(['', '.', '..', '2026', '2026..', '2026.AAAA.AAAA', 'constructor.AAAA.AAAA', '__proto__.a.b'])('does not open %j', (sealed) => {
    expect(() => secrets.open('totp|ada', sealed)).toThrow(expect.objectContaining({ code: 'internal_error' }));
  });

  it.each(['.', '.x', '=', ' '])('does not open with %j behind it', (more) => {
    expect(() => secrets.open('totp|ada', secrets.seal('totp|ada', text) + more)).toThrow(
      expect.objectContaining({ code: 'internal_error' }),
    );
  });

  it('does not open with a foreign key, nor with another key of the same id', () => {
    const sealed = createSecrets({ keys: [foreign] }).seal('totp|ada', text);
    expect(() => secrets.open('totp|ada', sealed)).toThrow(expect.objectContaining({ code: 'internal_error' }));
    expect(() => secrets.open('totp|ada', createSecrets({ keys: [key('2026', 9)] }).seal('totp|ada', text))).toThrow();
  });

  it('says nothing of the text when it fails', () => {
    const sealed = secrets.seal('totp|ada', 'very secret');
    expect(() => secrets.open('totp|eve', sealed)).toThrow(/^(?!.*(very secret|ada|eve)).*$/);
  });
});

describe('rotation', () => {
  const rotated = createSecrets({ keys: [present, old] });

  it('seals under the first key and opens both', () => {
    expect(rotated.seal('c', text)).toMatch(/^2027\./);
    expect(rotated.open('c', rotated.seal('c', text))).toBe(text);
    expect(rotated.open('c', secrets.seal('c', text))).toBe(text);
  });

  it('changes no hash: the last key is their pepper', () => {
    expect(rotated.hash('code', '123456')).toBe(secrets.hash('code', '123456'));
    expect(createSecrets({ keys: [foreign, present, old] }).hash('code', '123456')).toBe(secrets.hash('code', '123456'));
  });

  it('changes every hash once the last key is gone', () => {
    expect(createSecrets({ keys: [present] }).hash('code', '123456')).not.toBe(secrets.hash('code', '123456'));
  });

  it('no longer opens what a removed key sealed', () => {
    expect(() => createSecrets({ keys: [present] }).open('c', secrets.seal('c', text))).toThrow();
  });
});

describe('keyed hashes', () => {
  it('are HMAC-SHA256 under a key of their purpose (RFC 5869)', () => {
    const derived = Buffer.from(hkdfSync('sha256', old.key, '', 'stepward hash code', 32));
    expect(secrets.hash('code', 'ключ')).toBe(createHmac('sha256', derived).update('ключ').digest('base64url'));
  });

  it('never collide between purposes', () => {
    const made = [
      secrets.hash('a', 'bc'),
      secrets.hash('ab', 'c'),
      secrets.hash('abc', ''),
      secrets.hash('', 'abc'),
      secrets.hash('a b', 'c'),
      secrets.hash('a', ' bc'),
    ];
    expect(new Set(made).size).toBe(made.length);
  });

  it('stay the same over thousands of purposes', () => {
    const first = secrets.hash('code', 'x');
    for (let purpose = 0; purpose < 3_000; purpose += 1) secrets.hash(`purpose ${purpose}`, 'x');
    expect(secrets.hash('code', 'x')).toBe(first);
  });
});

describe('comparison', () => {
  it.each([
    ['abc', 'abc', true],
    ['', '', true],
    ['abc', 'abd', false],
    ['abc', 'abcd', false],
    ['', 'a', false],
    ['ß', 'ss', false],
  ])('of %j and %j: %s', (a, b, same) => {
    expect(secrets.equal(a, b)).toBe(same);
  });
});

describe('the keys', () => {
  it.each<[string, readonly EncryptionKey[]]>([
    ['none', []],
    ['one of 16 bytes', [{ id: 'a', key: new Uint8Array(16) }]],
    ['one of 33 bytes', [{ id: 'a', key: new Uint8Array(33) }]],
    ['one without an id', [key('', 1)]],
    ['an id with a full stop', [key('a.b', 1)]],
    ['two of one id', [key('a', 1), key('a', 2)]],
  ])('%s: refused', (_, keys) => {
    expect(() => createSecrets({ keys })).toThrow(TypeError);
  });
});
