import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const executablePath = process.env.STEPWARD_CHROMIUM ?? '/usr/bin/chromium';

/** Whether browser tests can run here. Where they should (CI) and cannot, `launchBrowser` fails instead of skipping. */
export const hasBrowser: boolean = existsSync(executablePath) || process.env.CI === 'true';

if (!hasBrowser) process.stderr.write(`skipped: Chromium is not installed (${executablePath})\n`);

/**
 * Starts Chromium without its own background traffic.
 *
 * @param unwanted arguments that the driver would give it.
 */
export const launchBrowser = (unwanted: readonly string[] = []): Promise<Browser> =>
  chromium.launch({
    executablePath,
    ignoreDefaultArgs: [...unwanted],
    args: ['--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
