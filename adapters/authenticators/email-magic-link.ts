import type { AnswerInput, AuthenticatorMethod, CeremonyContext, Started } from '../../core/ports/authenticator.ts';
import type { Random } from '../../core/ports/random.ts';
import type { Secrets } from '../../core/ports/secrets.ts';
import { typedCode } from './code.ts';
import { emailMagicLinkMessage } from './email-magic-link-message.ts';
import { type Addressee, acceptAddress, addresseeOf, enrolledAddress, enrolledAddressee, verifiedAddress } from './email-proof.ts';
import { membersOf, textOf } from './members.ts';

const lifeMs = 10 * 60_000;
/** 128 bits. */
const tokenBytes = 16;
const codes = 1_000_000n;

/**
 * Creates the method EMAIL_MAGIC_LINK: whoever presses a link that was sent to an address reads mail there. What is stored is a keyed
 * hash of challenge, token and what is approved. The token answers once, and not any more when another browser has pressed the link:
 * then a code answers, which only that browser shows. The code is derived and stored nowhere.
 *
 * @example
 * const emailMagicLink = createEmailMagicLink({ secrets, random });
 */
export const createEmailMagicLink = ({ secrets, random }: { readonly secrets: Secrets; readonly random: Random }): AuthenticatorMethod => {
  const tokenHash = ({ challengeId, displayHash }: CeremonyContext, token: string): string =>
    secrets.hash('email-magic-link', `${challengeId}|${token}|${displayHash}`);

  const start = (context: CeremonyContext, addressee: Addressee): Started => {
    if (context.linkTo === undefined) throw new TypeError('a magic link needs `linkTo`');
    const token = Buffer.from(random.bytes(tokenBytes)).toString('base64url');
    return {
      kept: { tokenHash: tokenHash(context, token), ...addressee },
      message: emailMagicLinkMessage(context, addressee.destination, context.linkTo(token), lifeMs),
      ...addressee,
      expiresAt: context.now + lifeMs,
    };
  };

  const matches = (context: CeremonyContext, kept: unknown, token: string): boolean => {
    const expected = textOf(membersOf(kept).tokenHash);
    return expected !== undefined && secrets.equal(expected, tokenHash(context, token));
  };

  const pressedBy = (kept: unknown): string | undefined => textOf(membersOf(kept).pressedBy);

  /** 64 bits of a keyed hash leave a bias of less than one in 10^13. */
  const code = ({ challengeId, displayHash }: CeremonyContext, kept: unknown): string | undefined => {
    const browser = pressedBy(kept);
    if (browser === undefined) return undefined;
    const hash = secrets.hash('email-magic-link-code', `${challengeId}|${membersOf(kept).tokenHash}|${browser}|${displayHash}`);
    return String(Buffer.from(hash, 'base64url').readBigUInt64BE() % codes).padStart(6, '0');
  };

  const isRight = ({ context, kept, response }: AnswerInput): boolean => {
    const expected = code(context, kept);
    const token = textOf(membersOf(response).link);
    if (token !== undefined) return expected === undefined && matches(context, kept, token);
    const typed = typedCode(response);
    return typed !== undefined && expected !== undefined && secrets.equal(expected, typed);
  };

  return {
    method: 'EMAIL_MAGIC_LINK',
    needsScript: false,
    challenge: async (context) => start(context, enrolledAddressee(context)),
    verify: async (input) => (isRight(input) ? verifiedAddress(input) : { ok: false, reason: 'wrong' }),
    accept: acceptAddress,
    link: { matches, pressedBy, press: (kept, browserHash) => ({ ...membersOf(kept), pressedBy: browserHash }), code },
    enrollment: {
      start: async (context) => start(context, addresseeOf(context.destination ?? '')),
      finish: async (input) => (isRight(input) ? enrolledAddress('EMAIL_MAGIC_LINK', input) : { ok: false, reason: 'wrong' }),
    },
  };
};
