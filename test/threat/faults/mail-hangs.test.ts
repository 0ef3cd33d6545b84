import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorld, type World } from '../../support/stepward.ts';
import { ask, enrolled, withEmail } from '../support/people.ts';
import { folder, httpBrowser, type Process, settings, startProcess } from '../support/server.ts';

/** Takes connections and never says a word. */
const silence = async (): Promise<{ readonly server: Server; readonly port: number }> => {
  const server = createServer(() => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, port: (server.address() as AddressInfo).port };
};

describe('a mail server that hangs', () => {
  const place = folder();
  let mail: Awaited<ReturnType<typeof silence>>;
  let server: Process;
  beforeAll(async () => {
    mail = await silence();
    server = await startProcess(settings(`sqlite:${place.path}/stepward.db`, { STEPWARD_SMTP_URL: `smtp://127.0.0.1:${mail.port}` }));
  });
  afterAll(async () => {
    await server?.end('SIGKILL');
    mail?.server.close();
    place.remove();
  });

  // fails without: sending after the answer (startCeremony, deliver): the mail server says nothing for as long as the test runs
  it('delays neither track nor pages, and another method can be chosen', async () => {
    const { body } = await server.call('POST', '/v1/users/ann/actions/signIn', { email: 'ann@example.org', emailVerified: true });
    const browser = httpBrowser(server.port);
    const url = String(body.url);
    const page = await browser.open(url);
    const sent = await browser.send(url, page.html, { do: 'choose', method: 'EMAIL_OTP' });
    expect(sent.status).toBe(200);
    expect(sent.html).toContain('name="code"');
    expect((await browser.send(url, sent.html, { do: 'back' })).status).toBe(200);
    expect((await server.call('POST', '/v1/users/ann/actions/signIn', {})).status).toBe(200);
  });
});

describe('a mail server that refuses', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
    await world.configure('signIn', { defaultUserActionResult: 'CHALLENGE' });
  });
  afterAll(() => world.end());

  // fails without: markUnsent
  it('is told on the page, nothing of the person’s budget is spent, and the app still works', async () => {
    const ann = await enrolled(world, 'ann');
    await withEmail(world, ann);
    Object.assign(world.ports.delivery, { send: () => Promise.reject(new Error('451 try later')) });
    const asked = await ask(world, ann.userId);
    await asked.browser.act(asked.url, { do: 'choose', method: 'EMAIL_OTP' });
    await expect.poll(async () => (await asked.browser.open(asked.url)).error).toBe('not-sent');
    expect((await world.store.user(ann.userId))?.guesses['EMAIL_OTP:other']).toBeUndefined();
    expect((await asked.browser.act(asked.url, { do: 'choose', method: 'AUTHENTICATOR_APP' })).view.page).toBe('ceremony');
  });
});
