import { describe, expect, it } from 'vitest';
import { createEmailMagicLink } from '../../../adapters/authenticators/email-magic-link.ts';
import { chooseLocale, languages, wordsIn } from '../../../core/index.ts';
import type { CeremonyContext, Started } from '../../../core/ports/authenticator.ts';
import { ceremony, displayHash, enrollmentOf, random, secrets, start } from './ceremony.ts';

const method = createEmailMagicLink({ secrets, random });
const { link } = method;
if (link === undefined) throw new Error('no link');

const linkTo = (token: string) => `https://auth.example.org/challenge/link?l=${token}`;
const context = (changes: Partial<CeremonyContext> = {}) => ({ ...ceremony(changes), linkTo, destination: 'ada@example.org' });
const tokenIn = ({ message }: Started): string => /l=(\S+)/.exec(message?.text ?? '')?.[1] ?? '';
const begun = (of: CeremonyContext = context()) => enrollmentOf(method).start(of);

describe('the token', () => {
  it('has 128 bits, new each time, kept as a keyed hash and for ten minutes', async () => {
    const made = await Promise.all(Array.from({ length: 50 }, () => begun()));
    const tokens = made.map(tokenIn);
    expect(new Set(tokens).size).toBe(50);
    for (const [index, started] of made.entries()) {
      expect(tokens[index]).toMatch(/^[A-Za-z0-9_-]{22}$/);
      expect(JSON.stringify(started.kept)).not.toContain(tokens[index]);
      expect(started.expiresAt).toBe(start + 600_000);
    }
  });

  it('is of one challenge and of what is approved', async () => {
    const one = context({ displayHash: displayHash('100 EUR to Bob') });
    const started = await begun(one);
    const token = tokenIn(started);
    expect(link.matches(one, started.kept, token)).toBe(true);
    expect(link.matches({ ...one, challengeId: random.uuid(start) }, started.kept, token)).toBe(false);
    expect(link.matches({ ...one, displayHash: displayHash('900 EUR') }, started.kept, token)).toBe(false);
    for (const other of ['', 'x', `${token}x`, token.toLowerCase()])
      if (other !== token) expect(link.matches(one, started.kept, other)).toBe(false);
    for (const kept of [undefined, null, {}, 'x', { tokenHash: 7 }]) expect(link.matches(one, kept, token)).toBe(false);
  });

  it('answers no more once another browser has pressed the link', async () => {
    const one = context();
    const { kept, ...started } = await begun(one);
    const response = { link: tokenIn({ ...started, kept }) };
    expect(await enrollmentOf(method).finish({ context: one, kept, response })).toMatchObject({ ok: true });
    const pressed = link.press(kept, 'hash-of-a-browser');
    expect(link.pressedBy(pressed)).toBe('hash-of-a-browser');
    expect(await enrollmentOf(method).finish({ context: one, kept: pressed, response })).toEqual({ ok: false, reason: 'wrong' });
  });
});

describe('the code that another browser shows', () => {
  const codeOf = async (browser = 'hash-of-a-browser', of: CeremonyContext = context()) =>
    link.code(of, link.press((await begun(of)).kept, browser)) ?? '';

  it('is none before the press, and then the same each time for one link and one browser', async () => {
    const one = context();
    const { kept } = await begun(one);
    expect(link.code(one, kept)).toBeUndefined();
    const codes = ['a', 'a', 'b'].map((browser) => link.code(one, link.press(kept, browser)));
    expect(codes[0]).toMatch(/^\d{6}$/);
    expect(codes[1]).toBe(codes[0]);
    expect(new Set([codes[2], link.code(context(), link.press(kept, 'a')), codes[0]]).size).toBeGreaterThan(1);
  });

  it('is stored nowhere', async () => {
    const one = context();
    const pressed = link.press((await begun(one)).kept, 'hash-of-a-browser');
    expect(JSON.stringify(pressed)).not.toContain(link.code(one, pressed));
  });

  it('has every digit equally often (chi-square, 9 degrees of freedom, p = 0.0001)', async () => {
    const counts = new Array<number>(10).fill(0);
    for (let nth = 0; nth < 2_000; nth++)
      for (const digit of await codeOf(`browser-${nth}`)) counts[Number(digit)] = (counts[Number(digit)] ?? 0) + 1;
    const expected = 1_200;
    expect(counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)).toBeLessThan(33.7);
  });

  it('is taken with spaces and dashes, and from no other browser', async () => {
    const one = context();
    const pressed = link.press((await begun(one)).kept, 'hash-of-a-browser');
    const code = link.code(one, pressed) ?? '';
    const finish = (response: unknown, kept = pressed) => enrollmentOf(method).finish({ context: one, kept, response });
    expect(await finish(` ${code.slice(0, 3)}-${code.slice(3)} `)).toMatchObject({ ok: true, authenticator: { email: 'ada@example.org' } });
    const other = link.press(pressed, 'hash-of-another');
    if (link.code(one, other) !== code) expect(await finish(code, other)).toEqual({ ok: false, reason: 'wrong' });
  });
});

describe('the message', () => {
  it.each(languages)('in %s: what it is for, one link, no code, and nothing of it in the subject', async (language) => {
    const words = wordsIn(chooseLocale({ visit: language }));
    const display = [{ label: 'To', value: 'Bob\r\nBcc: eve@evil.example <b>' }] as const;
    const { message } = await begun(
      context({ words, display, action: 'withdraw-funds', applicationName: 'Bank <i> https://evil.example' }),
    );
    expect(message).toMatchObject({ channel: 'email', to: 'ada@example.org', url: expect.stringContaining('/challenge/link?l=') });
    expect(message?.subject).toBe(words.text('mail.link.subject'));
    expect(message?.text.match(/https?:\/\/\S+/g)).toEqual([message && 'url' in message ? message.url : '']);
    expect(message?.text).toContain('Withdraw funds');
    expect(message?.text).not.toMatch(/\b\d{6}\b/);
    expect(message?.html).not.toMatch(/<b>|<i>/);
    expect(message?.html.match(/href=/g)).toHaveLength(1);
    expect(message?.html).toContain(`dir="${words.locale.dir}"`);
  });

  it.each(['', 'a', 'a@b, c@d.org', 'a@b.org\r\nBcc: x@y.org', '"x" <a@b.org>'])(
    'goes to one address and nothing else: `%s`',
    async (destination) => {
      await expect(begun({ ...context(), destination } as CeremonyContext)).rejects.toMatchObject({ code: 'invalid_request' });
    },
  );

  it('cannot be written without an address of ours', async () => {
    await expect(begun({ ...ceremony(), destination: 'ada@example.org' } as CeremonyContext)).rejects.toThrow(TypeError);
  });
});
