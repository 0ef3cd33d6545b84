import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Authsignal } from '@authsignal/node';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../examples/popup/app.ts';
import { hasBrowser, launchBrowser } from '../support/browser.ts';
import { press } from '../support/embedder.ts';
import { type Served, startServed } from '../support/served.ts';

const email = 'ada@example.org';

describe.skipIf(!hasBrowser)('the example that shows the challenge over its page or in a window', () => {
  let served: Served;
  let browser: Browser;
  let server: Server;
  let origin = '';
  beforeAll(async () => {
    // the port is needed before the application has its Stepward
    const { createServer } = await import('node:http');
    server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    served = await startServed({ STEPWARD_FRAME_ANCESTORS: origin });
    const authsignal = new Authsignal({ apiSecretKey: 'sk_test_0000000000000000', apiUrl: `${served.url}/v1` });
    server.on('request', await createApp({ authsignal, stepward: served.url, tenantId: 'stepward' }));
    await served.configure('transfer', { defaultUserActionResult: 'CHALLENGE' });
    await served.api.enrollVerified('ada', { verificationMethod: 'EMAIL_OTP', email });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await served?.end();
    server?.closeAllConnections();
    server?.close();
  });

  it.each(['over this page', 'in a window'])('asked %s: done with the code, cancelled without', async (where) => {
    const page = await browser.newPage();
    await page.goto(origin);
    const asked = async () => {
      served.pass(3_600_000);
      const button = page.getByRole('button', { name: where });
      if (where === 'over this page') {
        await button.click();
        await page.waitForSelector('.as-popup-visible');
        return page.frameLocator('#__authsignal-popup-iframe');
      }
      const [opened] = await Promise.all([page.waitForEvent('popup'), button.click()]);
      return opened;
    };
    const shown = await asked();
    const before = served.mails.length;
    await press(shown.getByRole('button', { name: 'Code by e-mail' }));
    await shown.locator('#code').fill(await served.codeTo(email, before));
    await press(shown.getByRole('button', { name: 'Continue' }));
    await page.getByText('done').waitFor();
    await press((await asked()).getByRole('button', { name: 'Cancel' }));
    await page.getByText('cancelled').waitFor();
    expect(await page.locator('#status').innerText()).toBe('cancelled');
    await page.close();
  });
});
