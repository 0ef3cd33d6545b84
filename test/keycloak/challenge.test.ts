import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { claimsOf } from './support/person.ts';
import { hasKeycloak } from './support/realm.ts';
import { leave, leavingTo, passByMail, proveByMail, startWorld, type World } from './support/world.ts';

let world: World;
const names = ['ada', 'ben', 'cleo', 'dan', 'eve', 'finn', 'gus', 'hal', 'ida', 'jon', 'kim', 'leo', 'mia', 'ned'] as const;

const tracks = () => world.faults.calls.filter(({ path }) => !path.endsWith('/consume'));
const consumes = () => world.faults.calls.filter(({ path }) => path.endsWith('/consume'));

/** Somebody typed the password and stands at Stepward's page. */
const challenged = async (username: string, clientId = 'challenge') => {
  const person = world.person();
  await person.start(clientId);
  await person.logIn(username);
  expect(person.at.url.pathname, person.at.text).toBe('/challenge');
  return person;
};

describe.skipIf(!hasKeycloak)('a challenge', () => {
  beforeAll(async () => {
    world = await startWorld({
      logins: { challenge: { maxAttempts: '2' }, allow: {}, review: {} },
      users: names,
    });
    const byMail = { verificationMethods: ['EMAIL_OTP'], enrollment: 'verified-contact' };
    await world.served.configure('challenge', { defaultUserActionResult: 'CHALLENGE', maxChallenges: 1, ...byMail });
    await world.served.configure('allow', { defaultUserActionResult: 'ALLOW', ...byMail });
    await world.served.configure('review', { defaultUserActionResult: 'REVIEW', ...byMail });
  });
  afterAll(() => world?.end());
  beforeEach(() => world?.faults.play());

  it('is not asked of an allowed login', async () => {
    const ada = world.person();
    await ada.start('allow');
    await ada.logIn('ada');
    expect(ada.answer().get('code')).not.toBeNull();
    expect(ada.hops.filter(({ origin }) => origin === world.served.url)).toEqual([]);
  });

  it('that was passed logs in, and its tokens say by what', async () => {
    const ben = await challenged('ben');
    await passByMail(world, ben, 'ben');
    expect(ben.answer().get('state')).toBe('app-state');
    const { status, body } = await ben.tokens('challenge');
    expect(status).toBe(200);
    expect(claimsOf(body.id_token).preferred_username).toBe('ben');
  });

  it('that failed can be started over up to the limit, then not', async () => {
    const cleo = await challenged('cleo');
    const failIt = async () => {
      // another code to the same address is sent after a while
      world.served.pass(120_000);
      await cleo.press(/send|code by e-mail/i);
      for (let tries = 0; tries < 5; tries += 1) await cleo.press(/verify|continue|confirm/i, { code: '000000' });
      await cleo.press(/back|return|continue|leave|close/i).catch(() => cleo.at);
      return leave(cleo);
    };
    await failIt();
    expect(cleo.at.status, cleo.at.text).toBe(403);
    expect(cleo.at.text).toContain('did not succeed');
    await cleo.press('Start over');
    expect(cleo.at.url.pathname, cleo.at.text).toBe('/challenge');
    await failIt();
    expect(cleo.at.status).toBe(403);
    expect(cleo.at.text).not.toContain('Start over');
  });

  it('whose person cancels is over: the application hears that access was denied', async () => {
    const dan = await challenged('dan');
    await dan.press('Cancel');
    await leave(dan);
    expect(dan.at.status, dan.at.text).toBe(403);
    await dan.press('Cancel');
    expect(dan.answer().get('error')).toBe('access_denied');
  });

  it('is told of its time that is over, and can be started over', async () => {
    const eve = await challenged('eve');
    const back = String(tracks().at(-1)?.body.returnUrl);
    world.served.pass(3_600_000);
    await eve.open(back);
    expect(eve.at.status).toBe(403);
    expect(eve.at.text).toContain('The time for the confirmation is over.');
    await eve.press('Start over');
    await passByMail(world, eve, 'eve');
    expect(eve.answer().get('code')).not.toBeNull();
  });

  it('that is pending is shown with a way on, however often it is reloaded: no loop, no second message', async () => {
    const finn = await challenged('finn');
    const back = String(tracks().at(-1)?.body.returnUrl);
    const [tracked, mails] = [tracks().length, world.served.mails.length];
    for (let times = 0; times < 3; times += 1) {
      await finn.open(back);
      expect(finn.at.status).toBe(200);
      expect(finn.at.text).toContain('This login waits for your confirmation.');
      expect(finn.at.text).not.toContain(world.served.url);
    }
    expect([tracks().length, world.served.mails.length]).toEqual([tracked, mails]);
    await finn.press('Continue');
    await passByMail(world, finn, 'finn');
    expect(finn.answer().get('code')).not.toBeNull();
    expect(tracks()).toHaveLength(tracked);
  });

  it('of a second tab is another one: each logs its own tab in', async () => {
    const gus = await challenged('gus');
    const first = gus.at.url;
    await gus.start('challenge');
    expect(gus.at.url.pathname, gus.at.text).toBe(`/realms/${world.realm.name}/protocol/openid-connect/auth`);
    await gus.logIn('gus');
    expect(gus.at.url.searchParams.get('c')).not.toBe(first.searchParams.get('c'));
    await passByMail(world, gus, 'gus');
    expect(gus.answer().get('code')).not.toBeNull();
    const [one, other] = tracks().slice(-2);
    expect(one?.body.binding).not.toBe(other?.body.binding);
  });

  it('consumed once serves no second return', async () => {
    const hal = await challenged('hal');
    await proveByMail(world, hal, 'hal');
    const back = leavingTo(hal.at);
    const before = consumes().length;
    const [one, other] = await Promise.all([hal.open(back), hal.open(back)]);
    const ends = [one, other].map(({ url }) => url.searchParams.has('code'));
    expect(ends.filter(Boolean)).toHaveLength(1);
    expect(
      consumes()
        .slice(before)
        .filter(({ status }) => status === 200),
    ).toHaveLength(1);
  });

  it('whose consume was answered, and the answer lost, logs in by the second try', async () => {
    const ida = await challenged('ida');
    await proveByMail(world, ida, 'ida');
    world.faults.play((_, nth) => (nth === 1 ? 'lost' : undefined));
    await leave(ida);
    expect(ida.answer().get('code')).not.toBeNull();
    const [one, other] = consumes().slice(-2);
    expect(one?.status).toBe(200);
    expect(other?.body).toEqual(one?.body);
  });

  it('is owed however the core fares: a consume that cannot be had is a page to try again, and then logs in', async () => {
    const jon = await challenged('jon');
    await proveByMail(world, jon, 'jon');
    const back = leavingTo(jon.at);
    world.faults.play(() => (response) => response.writeHead(500).end());
    await jon.open(back);
    expect(jon.at.status).toBe(503);
    expect(jon.at.text).toContain('Try again');
    expect(jon.at.text).not.toContain(back.searchParams.get('stepward_ticket') ?? 'none');
    world.faults.play();
    await jon.open(back);
    expect(jon.answer().get('code')).not.toBeNull();
  });

  it('of a review is held with a reference, and after its approval lets in once', async () => {
    const kim = world.person();
    await kim.start('review');
    await kim.logIn('kim');
    expect(kim.at.status).toBe(403);
    const { idempotencyKey: key, returnUrl } = tracks().at(-1)?.body ?? {};
    expect(kim.at.text).toContain(String(key));
    await kim.open(String(returnUrl));
    expect(kim.at.status).toBe(403);
    const userId = await world.realm.userId('kim');
    await world.served.api.updateAction({ userId, action: 'review', idempotencyKey: String(key) }, { state: 'REVIEW_SUCCEEDED' });
    await kim.open(String(returnUrl));
    expect(kim.answer().get('code')).not.toBeNull();
  });
});
