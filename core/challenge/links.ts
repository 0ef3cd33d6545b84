import { base64url } from '../base64url.ts';
import { openCeremonyOf } from '../client/ceremonies.ts';
import type { Ceremony } from '../instance.ts';
import type { LinkAnswer, LinkRequest, Links, LinkView } from '../link-view.ts';
import { allowsCrossBrowser } from '../policy/defaults.ts';
import type { LinkPart } from '../ports/authenticator.ts';
import type { Ports } from '../settings.ts';
import { answer } from './answer.ts';
import { ceremonyContext, withCeremony } from './ceremony-context.ts';
import { configurationOf } from './consume.ts';
import { giveDevice } from './give-device.ts';
import { readLink } from './link-address.ts';
import { isOpen, type Situation, standing } from './standing.ts';
import { subjectOf, waitOf } from './view.ts';

const neutral: LinkAnswer = { view: { page: 'neutral' } };

/** A link that can still be pressed, or whose code can still be typed. */
type Live = { readonly ceremony: Ceremony; readonly link: LinkPart; readonly situation: Situation };

/** The ceremony that a token was sent for, while what it is for is still what is owed. */
const liveLink = (found: Situation, token: string): Live | undefined => {
  for (const ceremony of found.instance.ceremonies) {
    const link = found.ports.methods.get(ceremony.method)?.link;
    if (!link || !isOpen(ceremony) || ceremony.expiresAt <= found.now) continue;
    const situation = asBegun(found, ceremony);
    if (!link.matches(ceremonyContext(situation, ceremony.challengeId, ceremony.method), ceremony.kept, token)) continue;
    return isStillOwed(situation, ceremony) ? { ceremony, link, situation } : undefined;
  }
  return undefined;
};

/** As who began the ceremony would see it: the page that shows it, or the caller with his token. */
const asBegun = (situation: Situation, { begunBy, challengeId, caller }: Ceremony): Situation =>
  begunBy === 'page'
    ? { ...situation, instance: { ...situation.instance, openChallengeId: challengeId } }
    : { ...situation, client: caller };

/** Whether what a ceremony is for is still what is owed. */
const isStillOwed = (situation: Situation, { begunBy, challengeId, method, browserHash }: Ceremony): boolean => {
  if (begunBy === 'client')
    return (
      situation.client !== undefined &&
      allowsCrossBrowser(situation.set, method) &&
      situation.instance.consumedAt === undefined &&
      situation.instance.epoch === situation.set.epoch &&
      openCeremonyOf({ method, challengeId, browserHash })(situation) !== undefined
    );
  const at = standing(situation);
  return at.kind === 'ceremony' && at.ceremony.challengeId === challengeId;
};

/**
 * The use cases of mailed links. INVARIANT: of a visit only the browser finishes the challenge that the visit belongs to; in any other
 * the link is spent for a code, which is worth nothing but on the visit's page.
 */
export const createLinks = (ports: Ports): Links => {
  const find = async ({ l }: LinkRequest): Promise<(Live & { readonly token: string }) | undefined> => {
    const at = readLink(ports, l);
    const ref = at && (await ports.store.locate(at.instanceId));
    if (!at || !ref) return undefined;
    const [set, instance, user] = await Promise.all([ports.policies.fresh(), ports.store.instance(ref), ports.store.user(ref.userId)]);
    if (!instance || !user || instance.challengedByHost) return undefined;
    const situation = { ports, set, user, instance, forceEnrollment: true, now: ports.clock.now() };
    const live = liveLink(situation, at.token);
    return live && { ...live, token: at.token };
  };
  const hashOf = (cookie: string): string => ports.secrets.hash('browser', cookie);

  const finishesHere = ({ ceremony, situation }: Live, browser: string | undefined): boolean => {
    const { browserHash, mode } = situation.instance.visit;
    // what a caller of the client API began has no browser; it is live only where the tenant lets any finish it
    if (ceremony.begunBy === 'client') return true;
    return browser !== undefined && browserHash === hashOf(browser) && mode !== 'frame';
  };

  return {
    open: async (request) => {
      const live = await find(request);
      if (!live) return neutral;
      const { situation, ceremony, link } = live;
      const pressedBy = link.pressedBy(ceremony.kept);
      if (pressedBy === undefined) return { view: linkView(live, finishesHere(live, request.browser)) };
      const code = request.browser !== undefined && hashOf(request.browser) === pressedBy ? codeOf(live) : undefined;
      return code === undefined
        ? neutral
        : { view: { page: 'link-code', subject: subjectOf(situation), code, expiresAt: ceremony.expiresAt } };
    },

    press: async (request, remember) => {
      const live = await find(request);
      if (!live || live.link.pressedBy(live.ceremony.kept) !== undefined) return neutral;
      if (!finishesHere(live, request.browser)) return pressElsewhere(live, live.token, request.browser, hashOf);
      const { situation, token } = live;
      const { error, finished } = await answer(situation, {
        open: (now) => liveLink(now, token)?.ceremony,
        response: { link: token },
        remember: remember && !situation.client,
        ...(situation.client && { grantTokenId: ports.random.uuid(situation.now) }),
      });
      if (error === 'wait' || error === 'unconfirmed') return { view: linkView(live, true), error };
      if (!finished) return neutral;
      return { view: { page: 'link-done' }, ...(!situation.client && { setDevice: await giveDevice(situation, request.device) }) };
    },
  };
};

const linkView = ({ situation, ceremony }: Live, finishesHere: boolean): LinkView => ({
  page: 'link',
  subject: subjectOf(situation),
  finishesHere,
  canRemember:
    finishesHere &&
    ceremony.begunBy === 'page' &&
    ceremony.purpose === 'verify' &&
    configurationOf(situation.set, situation.instance.action, situation.now).rememberDevice.enabled,
  ...(finishesHere && { waitUntil: waitOf(situation, ceremony.method) }),
});

const codeOf = ({ situation, ceremony, link }: Live): string | undefined =>
  link.code(ceremonyContext(situation, ceremony.challengeId, ceremony.method), ceremony.kept);

/** Spends the link for the code that this browser shows; the first page then asks for it. */
const pressElsewhere = async (
  { situation }: Live,
  token: string,
  browser: string | undefined,
  hashOf: (cookie: string) => string,
): Promise<LinkAnswer> => {
  const { ports, now } = situation;
  const cookie = browser ?? base64url(ports.random.bytes(16));
  const hash = hashOf(cookie);
  const view = await ports.store.transact<LinkView>({
    userId: situation.user.userId,
    load: { instance: situation.instance },
    run: ({ instance, user }) => {
      const live = instance && user && liveLink({ ...situation, instance, user }, token);
      if (!live || live.link.pressedBy(live.ceremony.kept) !== undefined) return { answer: { page: 'neutral' } };
      const pressed: Live = { ...live, ceremony: { ...live.ceremony, kept: live.link.press(live.ceremony.kept, hash) } };
      const code = codeOf(pressed);
      if (code === undefined) return { answer: { page: 'neutral' } };
      const next = withCeremony(instance, pressed.ceremony);
      const { method, expiresAt } = pressed.ceremony;
      return {
        answer: { page: 'link-code', subject: subjectOf(live.situation), code, expiresAt },
        changes: { instances: [{ ...next, timeline: [...next.timeline, { at: now, event: 'link-pressed-elsewhere', detail: method }] }] },
      };
    },
  });
  return { view, ...(view.page === 'link-code' && browser === undefined && { setBrowser: cookie }) };
};
