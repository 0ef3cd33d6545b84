import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasBrowser, launchBrowser } from '../../support/browser.ts';
import { createOidcPerson } from '../../support/oidc-chromium.ts';
import { drivers } from './drivers.ts';
import { type CognitoWorld, startCognitoWorld } from './world.ts';

let world: CognitoWorld;
let browser: Browser;
const create = drivers['amazon-cognito-identity-js'];

describe.skipIf(!hasBrowser || !create)('amazon-cognito-identity-js and the hosted page in Chromium', () => {
  beforeAll(async () => {
    world = await startCognitoWorld();
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await world?.end();
  });

  it('a challenge that a person passes lets in; the ticket came home in the address', async () => {
    const member = await world.member('challenge');
    const stage = await create?.()(world, member);
    if (stage?.kind !== 'challenge') throw new Error('no challenge');
    const person = await createOidcPerson({ served: world.served, upstream: { issuer: '' } }, browser);
    await person.page.goto(`${stage.parameters.url}&state=kept-by-the-app`);
    await person.passByMail(member.email);
    await person.page.waitForURL((at) => at.origin === world.served.app.origin);
    const home = new URL(person.page.url());
    expect([home.pathname, home.searchParams.get('state')]).toEqual(['/back', 'kept-by-the-app']);
    expect(person.violations()).toEqual([]);
    await person.leave();
    const ended = await stage.answer(home.searchParams.get('stepward_ticket') ?? '');
    if (ended.kind !== 'tokens') throw new Error(JSON.stringify(ended));
    expect(await world.pool.verify(ended.idToken)).toMatchObject({ sub: member.sub });
  });

  it('of a page that was only looked at comes nothing that lets in', async () => {
    const member = await world.member('challenge');
    const stage = await create?.()(world, member);
    if (stage?.kind !== 'challenge') throw new Error('no challenge');
    const person = await createOidcPerson({ served: world.served, upstream: { issuer: '' } }, browser);
    await person.page.goto(stage.parameters.url ?? '');
    await person.leave();
    const c = new URL(stage.parameters.url ?? '').searchParams.get('c') ?? '';
    expect(await stage.answer(c)).toMatchObject({ kind: 'challenge' });
  });
});
