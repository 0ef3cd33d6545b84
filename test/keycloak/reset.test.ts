import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CapturedMail, startSmtp } from '../support/smtp.ts';
import { resetFlow } from './support/flows.ts';
import type { Person } from './support/person.ts';
import { hasKeycloak } from './support/realm.ts';
import { passByApp, startWorld, type World } from './support/world.ts';

let world: World;
let smtp: Awaited<ReturnType<typeof startSmtp>>;

const mailed = async (to: string): Promise<CapturedMail> => {
  for (;;) {
    const found = smtp.messages.findLast((mail) => mail.to.includes(to));
    if (found) return found;
    await new Promise((later) => setTimeout(later, 50));
  }
};
/** Asks for a new password, and gets the link by mail. */
const forgotten = async (username: string): Promise<{ readonly person: Person; readonly link: string }> => {
  const person = world.person();
  await person.start('app');
  const href = /href="([^"]*reset-credentials[^"]*)"/.exec(person.at.text)?.[1]?.replaceAll('&amp;', '&') ?? '';
  await person.open(new URL(href, person.at.url));
  await person.press(/submit/i, { username });
  const { text } = await mailed(`${username}@example.org`);
  return { person, link: /https?:\S+action-token\S+/.exec(text)?.[0] ?? '' };
};
const track = (username: string) =>
  world.faults.calls.find(({ path, body }) => path.endsWith('/actions/passwordReset') && body.username === username);
const asksNewPassword = ({ at }: Person): boolean => at.text.includes('password-new');

describe.skipIf(!hasKeycloak)('a forgotten password', () => {
  beforeAll(async () => {
    smtp = await startSmtp();
    world = await startWorld({
      logins: { app: {} },
      users: ['ada', 'ben', 'cleo'],
      flows: (settings) => [resetFlow('reset', { ...settings, action: 'passwordReset' })],
      more: {
        resetPasswordAllowed: true,
        resetCredentialsFlow: 'reset',
        smtpServer: { host: '127.0.0.1', port: new URL(smtp.url).port, from: 'keycloak@example.org' },
      },
    });
    const asked = { verificationMethods: ['AUTHENTICATOR_APP'], enrollment: 'allow', learn: 'proof' };
    await world.served.configure('passwordReset', { defaultUserActionResult: 'CHALLENGE', ...asked }, [
      { type: 'BLOCK', conditions: { '==': [{ var: 'request.flow' }, 'direct'] } },
    ]);
    await world.served.configure('app', { defaultUserActionResult: 'ALLOW' });
  });
  afterAll(async () => {
    await world?.end();
    await smtp?.stop();
  });

  it('is decided after the mail and before a new password, as a recovery whose first factor was the mail', async () => {
    const { person, link } = await forgotten('ada');
    await person.open(link);
    expect(person.at.url.pathname, person.at.text).toBe('/challenge');
    expect(asksNewPassword(person)).toBe(false);
    expect(track('ada')?.body.context).toMatchObject({
      flow: 'recovery',
      canRedirect: true,
      authenticationMethods: [{ method: 'otp', channel: 'email' }],
    });
    await passByApp(person);
    expect(asksNewPassword(person), `${person.at.url} ${person.at.text}`).toBe(true);
  });

  it('is decided, too, where the mail is opened in another browser', async () => {
    const { link } = await forgotten('ben');
    const elsewhere = world.person();
    await elsewhere.open(link);
    if (!elsewhere.at.url.pathname.startsWith('/challenge'))
      await elsewhere.open(
        new URL(/href="([^"]*action-token[^"]*)"/.exec(elsewhere.at.text)?.[1]?.replaceAll('&amp;', '&') ?? link, elsewhere.at.url),
      );
    expect(elsewhere.at.url.pathname, elsewhere.at.text).toBe('/challenge');
    await passByApp(elsewhere);
    expect(asksNewPassword(elsewhere), `${elsewhere.at.url} ${elsewhere.at.text}`).toBe(true);
  });

  it('gets no new password while nobody can be asked', async () => {
    const { person, link } = await forgotten('cleo');
    world.faults.play(() => (response) => response.destroy());
    await person.open(link);
    world.faults.play();
    expect(person.at.status).toBe(503);
    expect(asksNewPassword(person)).toBe(false);
  });
});
