import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Authsignal } from '@authsignal/node';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../examples/custom-ui/app.ts';
import { hasBrowser, launchBrowser } from '../support/browser.ts';
import { type Served, startServed } from '../support/served.ts';
import { addAuthenticator } from './challenge-person.ts';

const email = 'ada@example.org';

describe.skipIf(!hasBrowser)('the example whose own page asks', () => {
  let served: Served;
  let app: Server;
  let origin: string;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    app = createServer();
    const port = await new Promise<number>((done) => app.listen(0, 'localhost', () => done((app.address() as AddressInfo).port)));
    origin = `http://localhost:${port}`;
    served = await startServed({ STEPWARD_REDIRECT_ORIGINS: origin });
    const authsignal = new Authsignal({ apiSecretKey: 'sk_test_0000000000000000', apiUrl: `${served.url}/v1` });
    await authsignal.updateUser({ userId: 'ada', attributes: { email, emailVerified: true } });
    app.on('request', await createApp({ authsignal, stepward: served.url, tenantId: 'stepward' }));
    browser = await launchBrowser();
    page = await browser.newPage();
    await addAuthenticator(page);
    await page.goto(origin);
  });
  afterAll(async () => {
    await browser?.close();
    await served?.end();
    app?.close();
  });
  const says = (text: string) => page.getByRole('status').filter({ hasText: text }).waitFor();
  const transfer = () => page.getByRole('button', { name: 'Transfer' }).click();

  it('asks for the code that was mailed, and a wrong one is none', async () => {
    await transfer();
    await says('A code is on its way to you.');
    const code = await served.codeTo(email);
    await page.fill('[name=code]', code === '000000' ? '000001' : '000000');
    await page.getByRole('button', { name: 'Confirm' }).click();
    await says('That code is not right.');
    await page.fill('[name=code]', code);
    await page.getByRole('button', { name: 'Confirm' }).click();
    await says('Done: 2500 went to ACME.');
    expect(await served.api.getUser('ada')).toMatchObject({ enrolledVerificationMethods: ['EMAIL_OTP', 'RECOVERY_CODE'] });
  });
  it('then makes a passkey, which is enough the next time', async () => {
    await page.getByRole('button', { name: 'Use a passkey next time' }).click();
    await says('Next time your passkey is enough.');
    served.pass(60_000);
    await page.reload();
    await transfer();
    await says('Done: 2500 went to ACME.');
  });
  it('believes nothing that the page says: a token of another transfer, or none', async () => {
    const confirm = (token: string) =>
      page.evaluate(
        async ([given]) =>
          (
            await fetch('/transfer/confirm', {
              method: 'POST',
              headers: { 'content-type': 'application/json' },
              body: JSON.stringify({ token: given }),
            })
          ).json(),
        [token] as const,
      );
    const begin = () => page.evaluate(async () => (await fetch('/transfer', { method: 'POST' })).json() as Promise<{ token: string }>);
    const { token } = await begin();
    expect(await confirm(token)).toEqual({ outcome: 'denied' });
    expect(await confirm(token)).toEqual({ outcome: 'denied' });
    await begin();
    expect(await confirm('')).toEqual({ outcome: 'denied' });
  });
});
