import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Person } from './support/person.ts';
import { hasKeycloak } from './support/realm.ts';
import { leave, leavingTo, passByMail, proveByMail, startWorld, type World } from './support/world.ts';

let world: World;
const tracks = () => world.faults.calls.filter(({ path }) => !path.endsWith('/consume'));
const isIn = ({ at }: Person): boolean => at.url.searchParams.has('code');

const challenged = async (
  username: string,
  clientId = 'app',
): Promise<{ readonly person: Person; readonly challenge: URL; readonly back: string }> => {
  const person = world.person();
  await person.start(clientId);
  await person.logIn(username);
  return { person, challenge: person.at.url, back: String(tracks().at(-1)?.body.returnUrl) };
};
const withTicket = (back: string, ticket: string): string => `${back}&${new URLSearchParams({ stepward_ticket: ticket })}`;
const ticketOf = (url: URL): string => url.searchParams.get('stepward_ticket') ?? '';

describe.skipIf(!hasKeycloak)('a challenge counts for one login, in one browser', () => {
  beforeAll(async () => {
    world = await startWorld({ logins: { app: {}, other: {} }, users: ['ada', 'ben', 'cleo', 'dan', 'eve', 'finn', 'gus', 'hal'] });
    const asked = { defaultUserActionResult: 'CHALLENGE', verificationMethods: ['EMAIL_OTP'], enrollment: 'verified-contact' };
    await world.served.configure('app', asked);
    await world.served.configure('other', asked);
  });
  afterAll(() => world?.end());

  it('threat: a link sent to the victim lets neither in, by reload neither', async () => {
    const attacker = await challenged('ada');
    const victim = world.person();
    await victim.open(attacker.challenge);
    await proveByMail(world, victim, 'ada').catch(() => undefined);
    // whatever the victim's page did, the attacker has no ticket
    for (const address of [attacker.back, withTicket(attacker.back, 'A'.repeat(22)), attacker.back]) {
      await attacker.person.open(address);
      expect(isIn(attacker.person)).toBe(false);
      expect(attacker.person.at.text).toContain('finish there');
    }
    const leaving = /<meta http-equiv="refresh"/.test(victim.at.text) ? await leave(victim) : await victim.open(attacker.back);
    expect(leaving.url.searchParams.has('code')).toBe(false);
  });

  it('threat: the link is opened by the victim first; the attacker who passes on it gains nothing by the victim’s ticket of another login', async () => {
    const attacker = await challenged('ben');
    const victim = await challenged('ben');
    await proveByMail(world, victim.person, 'ben');
    const foreign = ticketOf(leavingTo(victim.person.at));
    await attacker.person.open(withTicket(attacker.back, foreign));
    expect(isIn(attacker.person)).toBe(false);
    // it was not spent by that
    await leave(victim.person);
    expect(isIn(victim.person)).toBe(true);
    await attacker.person.open(withTicket(attacker.back, foreign));
    expect(isIn(attacker.person)).toBe(false);
  });

  it('the return address in a browser without the session is no login, and shows nothing of the other’s', async () => {
    const { person, back } = await challenged('cleo');
    await proveByMail(world, person, 'cleo');
    const leaving = leavingTo(person.at);
    const stranger = world.person();
    await stranger.open(leaving);
    expect(isIn(stranger)).toBe(false);
    expect(stranger.at.text).not.toContain('waits for your confirmation');
    await stranger.open(back);
    expect(isIn(stranger)).toBe(false);
    await leave(person);
    expect(isIn(person)).toBe(true);
  });

  it('the ticket of one tab is none in another, of another user or of another action none; the owner keeps it', async () => {
    const { person, back } = await challenged('dan');
    await person.start('app');
    await person.logIn('dan');
    const second = String(tracks().at(-1)?.body.returnUrl);
    await proveByMail(world, person, 'dan');
    const leaving = leavingTo(person.at);
    await person.open(withTicket(back, ticketOf(leaving)));
    expect(isIn(person), 'first tab').toBe(false);

    const eve = await challenged('eve');
    await eve.person.open(withTicket(eve.back, ticketOf(leaving)));
    expect(isIn(eve.person), 'another user').toBe(false);
    const other = await challenged('dan', 'other');
    await other.person.open(withTicket(other.back, ticketOf(leaving)));
    expect(isIn(other.person), 'another action').toBe(false);

    await person.open(withTicket(second, ticketOf(leaving)));
    expect(isIn(person), 'the owner').toBe(true);
  });

  it('two tickets in one address are none', async () => {
    const { person, back } = await challenged('finn');
    await proveByMail(world, person, 'finn');
    const ticket = ticketOf(leavingTo(person.at));
    await person.open(withTicket(withTicket(back, ticket), 'x'));
    expect(isIn(person)).toBe(false);
    await person.open(withTicket(back, ticket));
    expect(isIn(person)).toBe(true);
  });

  it('CVE-2026-94218: a login that is restarted, in lost cookies or a new tab, is decided anew by another key and challenged again', async () => {
    const { person, back } = await challenged('gus');
    const keys = new Set([tracks().at(-1)?.body.idempotencyKey]);
    const address = new URL(back);
    const restart = new URL(`${world.realm.url}/login-actions/restart`);
    for (const name of ['client_id', 'tab_id', 'client_data']) restart.searchParams.set(name, address.searchParams.get(name) ?? '');
    await person.open(restart);
    await person.logIn('gus');
    keys.add(tracks().at(-1)?.body.idempotencyKey);
    expect(person.at.url.pathname).toBe('/challenge');

    await person.start('app');
    await person.logIn('gus');
    keys.add(tracks().at(-1)?.body.idempotencyKey);
    expect(person.at.url.pathname).toBe('/challenge');

    person.forget('AUTH_SESSION');
    await person.open(String(tracks().at(-1)?.body.returnUrl));
    expect(isIn(person)).toBe(false);
    await person.start('app');
    await person.logIn('gus');
    keys.add(tracks().at(-1)?.body.idempotencyKey);
    expect(person.at.url.pathname).toBe('/challenge');
    expect(keys.size).toBe(4);
    await passByMail(world, person, 'gus');
    expect(isIn(person)).toBe(true);
  });

  it('a stale address of the same login is told so, and leads on', async () => {
    const { person, back } = await challenged('hal');
    await person.open(back.replace(/execution=[^&]+/, 'execution=00000000-0000-4000-8000-000000000000'));
    expect(isIn(person)).toBe(false);
    expect(person.at.text).toMatch(/Page has expired|page expired/i);
  });
});
