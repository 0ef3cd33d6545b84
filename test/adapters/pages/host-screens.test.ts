import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalogues, defaultTenant, defaultTheme, type HostScreen, languages } from '../../../core/index.ts';
import { hostViewNames, hostViews } from './host-views.ts';
import { type Pages, servePages } from './serve-pages.ts';
import { views } from './views.ts';
import { visitor } from './visitor.ts';

let pages: Pages;
let isAway = false;
const settings = async () => {
  if (isAway) throw new Error('the database is away');
  return {
    tenant: { ...defaultTenant, name: 'Northwind' },
    messageOverrides: {},
    theme: { ...defaultTheme, supportLink: 'https://help.example/' },
  };
};
beforeAll(async () => {
  pages = await servePages(views.choose, { settings });
});
afterAll(() => pages.close());

const shown = async (view: HostScreen, more: { readonly status?: number; readonly lang?: string } = {}) => {
  pages.answerBy((request, response, host) => host.show(request, response, view, more));
  return visitor(pages).get('/oidc', { 'accept-language': 'en' });
};
/** What is read on the page, in order, without its head and foot. */
const read = (body: string) =>
  body
    .slice(body.indexOf('<main>'), body.indexOf('</main>'))
    .replaceAll('<wbr>', '')
    .replace(/<[^>]*>/g, '\n')
    .replaceAll('&amp;', '&')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
const titleOf = (body: string) => /<title>([^<]*)</.exec(body)?.[1];

describe('every screen of a host', () => {
  it.each(hostViewNames)('%s: one heading, the name of who runs this, strict headers, nothing inline', async (name) => {
    const { status, body, headers } = await shown(hostViews[name]);
    expect(status).toBe(200);
    expect(body.match(/<h1>/g)).toHaveLength(1);
    expect(read(body)[0]).toBe('Northwind');
    expect(titleOf(body)).toMatch(/ - Northwind$/);
    expect(body).toContain('href="https://help.example/"');
    expect(body).not.toMatch(/<style|style=|\son\w+=|<script(?! type="module" src="\/challenge\/assets\/[\w.]+")|undefined/);
    const policy = headers.get('content-security-policy');
    for (const part of [
      "default-src 'none'",
      "script-src 'self'",
      "form-action 'self'",
      "frame-ancestors 'none'",
      'require-trusted-types-for',
    ])
      expect(policy).toContain(part);
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it.each(languages)('in %s, as the host or the browser asks', async (language) => {
    for (const name of hostViewNames) {
      const { body } = await shown(hostViews[name], { lang: `xx ${language} en` });
      expect(body).toContain(`<html lang="${language}"`);
      expect(body).not.toMatch(/[{}]/);
      // what is no name or reference from outside comes from the catalogue
      const words = read(body.replace(/<bdi[^>]*>.*?<\/bdi>/g, '')).join(' ');
      if (['ja', 'ar', 'he'].includes(language)) expect(words).not.toMatch(/[A-Za-z]{2}/);
    }
    pages.answerBy((request, response, host) => host.show(request, response, hostViews['begin again']));
    const { body } = await visitor(pages).get('/oidc', { 'accept-language': language });
    expect(body).toContain(`<h1>${catalogues[language]['begin-again.heading']}</h1>`);
  });

  it('has the status that the host says', async () => {
    expect((await shown(hostViews.trouble, { status: 503 })).status).toBe(503);
  });

  it('is still shown while the database is away', async () => {
    await shown(hostViews['begin again']);
    isAway = true;
    const [view, other] = [
      await shown(hostViews.trouble, { status: 503 }),
      await shown(hostViews['error of the request'], { status: 400 }),
    ];
    isAway = false;
    expect([view.status, other.status]).toEqual([503, 400]);
    expect(read(view.body)[0]).toBe('Northwind');
  });
});

describe('an error that cannot be sent to the application', () => {
  it.each([
    ['invalid_request', 'The application asked for something that does not work'],
    ['invalid_redirect_uri', 'You cannot sign in to this application here'],
    ['access_denied', 'You were not signed in'],
    ['server_error', 'This did not work just now'],
  ])('%s: %s', async (error, heading) => {
    const { body } = await shown({ screen: 'host-error', error, reference: 'ref-1' });
    expect(titleOf(body)).toMatch(new RegExp(`^Error: ${heading}`));
    expect(read(body)).toEqual(expect.arrayContaining([heading, 'Reference', 'ref-1', 'Error', error]));
  });

  it.each(['constructor', '__proto__', 'made_up', '<b>', ''])('the name `%s` is no RFC’s, and is not repeated', async (error) => {
    const lines = read((await shown({ screen: 'host-error', error, reference: 'ref-1' })).body);
    expect(lines).toContain('The application asked for something that does not work');
    expect(lines.slice(-2)).toEqual(['Reference', 'ref-1']);
  });
});

describe('what is asked', () => {
  const formOf = (body: string) => body.slice(body.indexOf('<form'), body.indexOf('</form>'));
  const fields = { xsrf: '"><script>1</script>', __proto__x: "'" };

  it('the challenge that is not finished: go on or give up', async () => {
    const { body } = await shown(hostViews.pending);
    expect(body).toContain('href="/oidc/interaction/abc"><span>Continue</span>');
    expect(body).toContain('href="/oidc/interaction/abc/cancel"><span>Cancel</span>');
  });

  it('a review has its reference and leads back', async () => {
    const { body } = await shown(hostViews['under review']);
    expect(read(body)).toEqual(expect.arrayContaining(['Reference', 'a1b2c3d4', 'Northwind Wiki']));
    expect(body).toContain('href="/oidc/interaction/abc/return"');
  });

  it('an address, in a field that password managers and keyboards know', async () => {
    const { body } = await shown({ screen: 'address', action: '/oidc/interaction/abc/address', fields, isUnknown: false });
    const form = formOf(body);
    expect(form).toContain('<form method="post" action="/oidc/interaction/abc/address">');
    expect(form).toContain('<input type="hidden" name="xsrf" value="&quot;&gt;&lt;script&gt;1&lt;/script&gt;">');
    for (const part of ['type="email"', 'name="address"', 'required', 'autocomplete="email"', '<label for="address">'])
      expect(form).toContain(part);
    expect(form).not.toContain('aria-invalid');
    expect(body).not.toContain('role="alert"');
  });

  it('an address of no known domain: the error is heard first, and says nothing of the person', async () => {
    const { body } = await shown(hostViews['address unknown']);
    expect(titleOf(body)).toMatch(/^Error: /);
    expect(body).toMatch(/role="alert" tabindex="-1" autofocus>We do not know where this address signs in/);
    expect(formOf(body)).toContain('aria-invalid="true"');
    expect(formOf(body)).not.toMatch(/type="email"[^>]* value=/);
  });

  it('consent, in words, once for each thing however often it is asked for', async () => {
    const { body } = await shown({
      ...hostViews.consent,
      scopes: ['openid', 'email', 'email'],
      claims: ['email', 'email_verified', 'sub'],
    });
    expect(Array.from(body.matchAll(/<li>(.*?)<\/li>/g), ([, item]) => item)).toEqual([
      'Who you are: an identifier of your account',
      'Your e-mail address',
    ]);
    const form = formOf(body);
    expect(form).toContain('name="decision" value="allow">Allow<');
    expect(form).toContain('name="decision" value="deny">Do not allow<');
    expect(form).toContain('<input type="hidden" name="xsrf" value="a1b2">');
  });

  it('consent names what it has no words for, and cuts a list that nobody would read', async () => {
    const many = Array.from({ length: 100 }, (_, index) => `scope-${index}`);
    const { body } = await shown({ ...hostViews.consent, scopes: ['ledger:read', 'constructor'], claims: [] });
    expect(body).toContain('<li><bdi dir="ltr">ledger:read</bdi></li><li><bdi dir="ltr">constructor</bdi></li>');
    const away = await shown({ ...hostViews.consent, scopes: ['offline_access', 'openid', 'ledger:read'], claims: ['email'] });
    expect(away.body).toMatch(/<bdi dir="ltr">ledger:read<\/bdi><\/li><li>All this also while you are away<\/li><\/ul>/);
    expect((await shown({ ...hostViews.consent, scopes: many, claims: many })).body.match(/<li>/g)).toHaveLength(21);
  });

  it('a profile says what is in it', async () => {
    const { body } = await shown({ ...hostViews.consent, scopes: ['profile'], claims: ['name', 'picture', 'email'] });
    expect(body.match(/<li>/g)).toHaveLength(2);
  });

  it('signing out posts what the library checks, and `logout` only by its button', async () => {
    const { body } = await shown(hostViews['sign out of an application']);
    const form = formOf(body);
    expect(form).toContain('<input type="hidden" name="xsrf" value="a1b2">');
    expect(form).toContain('<button name="logout" value="yes">Sign out</button>');
    expect(form).toContain('<button class="quiet">Stay signed in</button>');
    expect(read(body).join(' ')).toContain('Northwind Wiki asks to sign you out');
  });

  it('signed out of everything, or of one application', async () => {
    expect(read((await shown(hostViews['signed out'])).body)).toContain('You are signed out');
    expect(read((await shown(hostViews['signed out of an application'])).body).join(' ')).toContain('You are signed out of Northwind Wiki');
  });
});
