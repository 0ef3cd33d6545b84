import { describe, expect, it } from 'vitest';
import { createAuthenticatorApp } from '../../../adapters/authenticators/authenticator-app.ts';
import { createEmailMagicLink } from '../../../adapters/authenticators/email-magic-link.ts';
import { createEmailOtp } from '../../../adapters/authenticators/email-otp.ts';
import { createPasskey } from '../../../adapters/authenticators/passkey.ts';
import { createRecoveryCode } from '../../../adapters/authenticators/recovery-code.ts';
import { createSecurityKey } from '../../../adapters/authenticators/security-key.ts';
import { type Authenticator, newUser } from '../../../core/index.ts';
import type { AuthenticatorMethod, CeremonyContext, Started } from '../../../core/ports/authenticator.ts';
import { createSoftwareAuthenticator } from '../../support/webauthn.ts';
import { ceremony, codeIn, displayHash, enrollmentOf, random, secrets, start, stored, verifiedOf } from './ceremony.ts';
import { fromBase32, totpAt } from './rfc6238.ts';

/** A person with one enrolled authenticator, who can answer. */
type Person = {
  readonly authenticator: Authenticator;
  readonly answer: (started: Started, now: number, context: CeremonyContext) => unknown;
};
type Subject = {
  readonly method: AuthenticatorMethod;
  readonly person: (userId: string) => Promise<Person>;
  /** A well-formed answer that is not right. */
  readonly wrong: (right: unknown) => unknown;
  /** The answer serves one challenge and one transaction only. */
  readonly bound: boolean;
};

const origin = 'https://auth.example.org';
const later = start + 60_000;

const emailSubject = (): Subject => {
  const method = createEmailOtp({ secrets, random });
  const person = async (userId: string): Promise<Person> => {
    const context = { ...ceremony({ userId }), destination: `${userId}@example.org` };
    const begun = await enrollmentOf(method).start(context);
    const authenticator = stored(await enrollmentOf(method).finish({ context, kept: begun.kept, response: codeIn(begun) }));
    return { authenticator, answer: codeIn };
  };
  return { method, person, wrong: (right) => String((Number(right) + 1) % 1_000_000).padStart(6, '0'), bound: true };
};

const appSubject = (): Subject => {
  const method = createAuthenticatorApp({ secrets, random });
  const person = async (userId: string): Promise<Person> => {
    const context = ceremony({ userId });
    const begun = await enrollmentOf(method).start(context);
    const key = fromBase32((begun.shown as { secret: string }).secret);
    const response = totpAt(key, start / 1000);
    const authenticator = stored(await enrollmentOf(method).finish({ context, kept: begun.kept, response }));
    return { authenticator, answer: (_, now) => totpAt(key, now / 1000) };
  };
  return { method, person, wrong: (right) => String((Number(right) + 1) % 1_000_000).padStart(6, '0'), bound: false };
};

const recoverySubject = (): Subject => {
  const method = createRecoveryCode({ secrets, random });
  const person = async (userId: string): Promise<Person> => {
    const { codes, data } = method.generate(start, userId);
    const userAuthenticatorId = random.uuid(start);
    return { authenticator: { userAuthenticatorId, verificationMethod: 'RECOVERY_CODE', createdAt: start, data }, answer: () => codes[3] };
  };
  return { method, person, wrong: (right) => `${String(right).slice(0, -1)}${String(right).endsWith('7') ? '8' : '7'}`, bound: false };
};

const linkSubject = (pressedElsewhere: boolean): Subject => {
  const method = createEmailMagicLink({ secrets, random });
  const { link } = method;
  if (link === undefined) throw new Error('no link');
  const tokenIn = ({ message }: Started) => ({ link: /l=(\S+)/.exec(message?.text ?? '')?.[1] });
  const linked = <T extends CeremonyContext>(context: T) => ({
    ...context,
    linkTo: (token: string) => `https://auth.example.org/l?l=${token}`,
  });
  const person = async (userId: string): Promise<Person> => {
    const context = linked({ ...ceremony({ userId }), destination: `${userId}@example.org` });
    const begun = await enrollmentOf(method).start(context);
    return {
      authenticator: stored(await enrollmentOf(method).finish({ context, kept: begun.kept, response: tokenIn(begun) })),
      answer: (started, _, context) => (pressedElsewhere ? link.code(context, started.kept) : tokenIn(started)),
    };
  };
  const challenge: AuthenticatorMethod['challenge'] = async (context) => {
    const started = await method.challenge(linked(context));
    return pressedElsewhere ? { ...started, kept: link.press(started.kept, 'hash-of-another-browser') } : started;
  };
  const wrong = (right: unknown) =>
    pressedElsewhere ? String((Number(right) + 1) % 1_000_000).padStart(6, '0') : { link: Buffer.alloc(16, 1).toString('base64url') };
  return { method: { ...method, challenge }, person, wrong, bound: true };
};

const webauthnSubject = (create: typeof createPasskey, counting: boolean, uv = true): Subject => {
  const method = create({ rpId: 'auth.example.org', origins: [origin], random });
  const person = async (userId: string): Promise<Person> => {
    const device = createSoftwareAuthenticator({ origin, counting });
    const context = ceremony({ userId });
    const begun = await enrollmentOf(method).start(context);
    const response = device.create(begun.shown as Parameters<typeof device.create>[0], { uv });
    const authenticator = stored(await enrollmentOf(method).finish({ context, kept: begun.kept, response }));
    return { authenticator, answer: ({ shown }) => device.get(shown as Parameters<typeof device.get>[0], { uv }) };
  };
  const wrong = (right: unknown) => {
    const credential = right as { response: Record<string, string> };
    const bent = Buffer.from(credential.response.signature ?? '', 'base64url');
    bent.writeUInt8(bent.readUInt8(bent.length - 1) ^ 1, bent.length - 1);
    return { ...credential, response: { ...credential.response, signature: bent.toString('base64url') } };
  };
  return { method, person, wrong, bound: true };
};

const subjects: readonly [string, Subject][] = [
  ['EMAIL_OTP', emailSubject()],
  ['AUTHENTICATOR_APP', appSubject()],
  ['RECOVERY_CODE', recoverySubject()],
  ['EMAIL_MAGIC_LINK', linkSubject(false)],
  ['EMAIL_MAGIC_LINK pressed in another browser', linkSubject(true)],
  ['PASSKEY', webauthnSubject(createPasskey, true)],
  ['PASSKEY that does not count', webauthnSubject(createPasskey, false)],
  ['SECURITY_KEY', webauthnSubject(createSecurityKey, true, false)],
  ['SECURITY_KEY that does not count', webauthnSubject(createSecurityKey, false, false)],
];

const malformed: readonly unknown[] = [
  undefined,
  null,
  '',
  ' ',
  0,
  123456,
  true,
  [],
  {},
  ['123456'],
  { toString: 'x' },
  '9'.repeat(10_000),
  '\u0000',
  '{"id":1}',
];

describe.each(subjects)('the method %s', (_, { method, person, wrong, bound }) => {
  const challenged = async (userId = 'ada', changes: Partial<CeremonyContext> = {}) => {
    const someone = await person(userId);
    const context = ceremony({ userId, now: later, authenticators: [someone.authenticator], ...changes });
    const started = await method.challenge(context);
    return { ...someone, context, started, kept: started.kept, response: someone.answer(started, later, context) };
  };

  it('takes the right answer and names the authenticator', async () => {
    const { authenticator, context, kept, response } = await challenged();
    const verified = verifiedOf(await method.verify({ context, kept, response }));
    expect(verified.userAuthenticatorId).toBe(authenticator.userAuthenticatorId);
    expect(method.accept(authenticator, verified, later)).toMatchObject({
      userAuthenticatorId: authenticator.userAuthenticatorId,
      lastVerifiedAt: later,
    });
  });

  it('refuses a wrong answer', async () => {
    const { context, kept, response } = await challenged();
    expect(await method.verify({ context, kept, response: wrong(response) })).toMatchObject({ ok: false });
    expect(await method.verify({ context, kept, response })).toMatchObject({ ok: true });
  });

  it.each(malformed.map((response) => ({ response })))('refuses $response without failing', async ({ response }) => {
    const { context, kept } = await challenged();
    expect(await method.verify({ context, kept, response })).toMatchObject({ ok: false });
  });

  it('refuses a second use at the last look', async () => {
    const { authenticator, context, kept, response } = await challenged();
    const first = verifiedOf(await method.verify({ context, kept, response }));
    const second = verifiedOf(await method.verify({ context, kept, response }));
    const present = method.accept(authenticator, first, later);
    if (present === undefined) throw new Error('the first use was refused');
    expect(method.accept(present, second, later)).toBeUndefined();
  });

  it("refuses another user's answer", async () => {
    const eve = await challenged('eve');
    const ada = await challenged('ada');
    expect(await method.verify({ context: eve.context, kept: eve.kept, response: eve.response })).toMatchObject({ ok: true });
    expect(await method.verify({ context: ada.context, kept: ada.kept, response: eve.response })).toMatchObject({ ok: false });
  });

  it('refuses an authenticator that is gone', async () => {
    const { context, kept, response } = await challenged();
    expect(await method.verify({ context: { ...context, authenticators: [] }, kept, response })).toMatchObject({ ok: false });
  });

  it('refuses at the last look what is no longer what was verified', async () => {
    const { authenticator, context, kept, response } = await challenged();
    const verified = verifiedOf(await method.verify({ context, kept, response }));
    expect(method.accept({ ...authenticator, email: undefined, data: undefined }, verified, later)).toBeUndefined();
  });

  it.runIf(bound)("refuses another challenge's answer", async () => {
    const { answer, context, response } = await challenged();
    const next = { ...context, challengeId: random.uuid(later) };
    const started = await method.challenge(next);
    expect(await method.verify({ context: next, kept: started.kept, response })).toMatchObject({ ok: false });
    expect(await method.verify({ context: next, kept: started.kept, response: answer(started, later, next) })).toMatchObject({ ok: true });
  });

  it.runIf(bound)('refuses an answer once what is approved has changed', async () => {
    const { context, kept, response } = await challenged('ada', { displayHash: displayHash('100 EUR to Bob') });
    const changed = { ...context, displayHash: displayHash('900 EUR to Eve') };
    expect(await method.verify({ context: changed, kept, response })).toMatchObject({ ok: false });
    expect(await method.verify({ context: { ...context, displayHash: '' }, kept, response })).toMatchObject({ ok: false });
    expect(await method.verify({ context, kept, response })).toMatchObject({ ok: true });
  });

  it('keeps plain JSON, and no answer in it', async () => {
    const { kept, response } = await challenged();
    expect(JSON.parse(JSON.stringify(kept))).toEqual(kept);
    const secret = typeof response === 'string' ? response.replaceAll('-', '') : (response as { readonly link?: string }).link;
    if (secret !== undefined) expect(JSON.stringify(kept)).not.toContain(secret);
  });

  it('takes what was kept after it went through JSON', async () => {
    const { context, kept, response } = await challenged();
    expect(await method.verify({ context, kept: JSON.parse(JSON.stringify(kept)), response })).toMatchObject({ ok: true });
  });

  it.runIf(method.show)('shows the same again on reload', async () => {
    const { context, started } = await challenged();
    expect(method.show?.(context, started.kept)).toEqual(started.shown);
  });

  it.runIf(bound)('refuses an answer to what was never kept', async () => {
    const { context, response } = await challenged();
    for (const kept of [undefined, null, {}, 'x', [], { challenge: 7, codeHash: 7, tokenHash: 7 }]) {
      expect(await method.verify({ context, kept, response })).toMatchObject({ ok: false });
    }
  });
});

describe('a new user', () => {
  it('cannot enroll a passkey before the core gave him a user handle', async () => {
    const { method } = webauthnSubject(createPasskey, true);
    await expect(enrollmentOf(method).start({ ...ceremony(), user: newUser('ada', start) })).rejects.toThrow(TypeError);
  });
});
