import type { VerificationMethod, View, VisitAnswer } from '../../core/index.ts';
import { fromBase32, totpAt } from '../adapters/authenticators/rfc6238.ts';
import { createBrowser, type TestBrowser, type World } from '../support/stepward.ts';
import { ceremonyOf, emailOf, track } from '../support/use-cases.ts';
import { createSoftwareAuthenticator, type Tweaks } from '../support/webauthn.ts';

type CeremonyView = Extract<View, { page: 'ceremony' }>['ceremony'];

/** A person who can answer one method, rightly and wrongly. */
export type Prover = {
  readonly userId: string;
  readonly method: VerificationMethod;
  /** Or a promise of it. */
  right(ceremony: CeremonyView): unknown;
  wrong(ceremony: CeremonyView): unknown;
};

export const provable = ['EMAIL_OTP', 'EMAIL_MAGIC_LINK', 'AUTHENTICATOR_APP', 'RECOVERY_CODE', 'PASSKEY', 'SECURITY_KEY'] as const;
/** Methods whose message has to be sent again where its secret is over. */
export const isSent = (method: VerificationMethod): boolean => method === 'EMAIL_OTP' || method === 'EMAIL_MAGIC_LINK';
/** Methods whose answer can be guessed. */
export const guessable = ['EMAIL_OTP', 'EMAIL_MAGIC_LINK', 'AUTHENTICATOR_APP', 'RECOVERY_CODE'] as const;

const origin = 'http://localhost:8787';
const otherCode = (code: string): string => `${code.slice(0, -1)}${code.endsWith('0') ? '1' : '0'}`;

/** Enrolls one method on the page, as a user's first, under the policy `allow`. */
const enrollOnPage = async (world: World, userId: string, method: VerificationMethod, answer: (shown: unknown) => unknown) => {
  const action = `first-${method}`;
  await world.configure(action, { defaultUserActionResult: 'CHALLENGE', enrollment: 'allow', verificationMethods: [method] });
  const { url } = await track(world, { userId, action });
  const browser = createBrowser(world);
  await browser.open(url);
  const { challengeId, shown } = ceremonyOf(await browser.act(url, { do: 'enroll', method }));
  const { view } = await browser.act(url, { do: 'answer', challengeId, response: answer(shown) });
  if (view.page !== 'recovery-codes') throw new Error(`not enrolled: \`${view.page}\``);
  await browser.act(url, { do: 'codes-saved' });
  world.pass(60_000);
};

/** A credential whose answers are bent by `usual`, and by `wrong` where they must not count. */
const webauthn =
  (method: 'PASSKEY' | 'SECURITY_KEY', usual: Tweaks, wrong: Tweaks) =>
  async (world: World, userId: string): Promise<Omit<Prover, 'userId' | 'method'>> => {
    const authenticator = createSoftwareAuthenticator({ origin });
    await enrollOnPage(world, userId, method, (shown) => authenticator.create(shown as Parameters<typeof authenticator.create>[0], usual));
    const optionsOf = ({ shown }: CeremonyView) => shown as Parameters<typeof authenticator.get>[0];
    return {
      right: (ceremony) => authenticator.get(optionsOf(ceremony), usual),
      wrong: (ceremony) => authenticator.get(optionsOf(ceremony), wrong),
    };
  };

const makers: Readonly<Record<(typeof provable)[number], (world: World, userId: string) => Promise<Omit<Prover, 'userId' | 'method'>>>> = {
  EMAIL_OTP: async (world, userId) => {
    const email = emailOf(userId);
    await world.stepward.enrollVerified(userId, { verificationMethod: 'EMAIL_OTP', email });
    return { right: () => world.codeTo(email), wrong: () => otherCode(world.codeTo(email)) };
  },
  // typed is the code that another browser shows which pressed the link; before it did, any code is wrong
  EMAIL_MAGIC_LINK: async (world, userId) => {
    const email = emailOf(userId);
    await world.stepward.enrollVerified(userId, { verificationMethod: 'EMAIL_MAGIC_LINK', email });
    const phone = createBrowser(world);
    const codeOf = async () => {
      const l = world.linkTo(email);
      const pressed = await phone.press(l);
      const { view } = pressed.view.page === 'link-code' ? pressed : await phone.follow(l);
      return view.page === 'link-code' ? view.code : 'no code';
    };
    return { right: codeOf, wrong: () => '000000' };
  },
  AUTHENTICATOR_APP: async (world, userId) => {
    let key: Uint8Array = new Uint8Array();
    const code = () => totpAt(key, world.now() / 1000);
    await enrollOnPage(world, userId, 'AUTHENTICATOR_APP', (shown) => {
      key = fromBase32((shown as { readonly secret: string }).secret);
      return code();
    });
    const before = () => totpAt(key, world.now() / 1000 - 30);
    return { right: code, wrong: () => ['000000', '111111', '222222'].find((one) => one !== code() && one !== before()) };
  },
  RECOVERY_CODE: async (world, userId) => {
    const enrolled = await world.stepward.enrollVerified(userId, { verificationMethod: 'EMAIL_OTP', email: emailOf(userId) });
    const { recoveryCodes } = enrolled as { readonly recoveryCodes: readonly string[] };
    let next = 0;
    return { right: () => recoveryCodes[next++ % 10], wrong: () => otherCode(recoveryCodes[9] ?? '') };
  },
  PASSKEY: webauthn('PASSKEY', {}, { uv: false }),
  SECURITY_KEY: webauthn('SECURITY_KEY', { uv: false, userHandle: null }, { uv: false, up: false }),
};

/** A new user who has enrolled this method, the clock a minute on. */
export const createProver = async (world: World, method: (typeof provable)[number], userId: string): Promise<Prover> => {
  const answers = await makers[method](world, userId);
  world.pass(60_000);
  return { userId, method, ...answers };
};

/** A challenge opened in a browser, its method chosen. */
export type OpenVisit = {
  readonly url: string;
  readonly idempotencyKey: string;
  readonly browser: TestBrowser;
  readonly ceremony: CeremonyView;
  answer(response: unknown): Promise<VisitAnswer>;
};

export const openVisit = async (
  world: World,
  { userId, method }: Pick<Prover, 'userId' | 'method'>,
  more: Partial<Parameters<typeof track>[1]> = {},
  browser: TestBrowser = createBrowser(world),
): Promise<OpenVisit> => {
  const { url, idempotencyKey } = await track(world, { userId, ...more });
  await browser.open(url);
  const ceremony = ceremonyOf(await browser.act(url, { do: 'choose', method }));
  return {
    url,
    idempotencyKey,
    browser,
    ceremony,
    answer: async (response) => browser.act(url, { do: 'answer', challengeId: ceremony.challengeId, response: await response }),
  };
};
