import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalogues, languages } from '../../../core/index.ts';
import { type Running, running } from './running.ts';

let server: Running;
beforeAll(async () => {
  server = await running();
});
afterAll(() => server.stop());

const path = '/message-overrides';
const put = (messageOverrides: unknown) => server.manage('PATCH', path, { messageOverrides });

describe('message overrides', () => {
  it('there are none at first; the catalogue has every text of every locale', async () => {
    expect((await server.manage('GET', path)).body).toEqual({ messageOverrides: {} });
    const { body } = await server.manage('GET', `${path}/catalog`);
    expect(body.catalog).toEqual(JSON.parse(JSON.stringify(catalogues)));
    expect(Object.keys(body.catalog as object)).toEqual([...languages]);
  });

  it('are replaced as a whole, audited with what was and what is, and taken back by null', async () => {
    const first = { en: { cancel: 'Stop', 'error.wrong': 'No. {count} left.' }, 'pt-BR': { 'back-to': 'De volta a {application}' } };
    expect((await put(first)).body).toEqual({ messageOverrides: first });
    const second = { de: { cancel: 'Aufhören' } };
    expect((await put(second)).body).toEqual({ messageOverrides: second });
    expect((await server.manage('GET', path)).body).toEqual({ messageOverrides: second });
    const [entry] = (await server.manage('GET', '/audit?limit=1')).body as unknown as { what: string; detail: unknown; actor: string }[];
    expect(entry).toMatchObject({ what: 'message-overrides.updated', detail: { before: first, after: second } });
    // what stays as it was is not said again
    await put({ de: { cancel: 'Aufhören', 'back-to': 'Zu {application}' } });
    const [later] = (await server.manage('GET', '/audit?limit=1')).body as unknown as { detail: unknown }[];
    expect(later?.detail).toEqual({ before: {}, after: { de: { 'back-to': 'Zu {application}' } } });
    expect((await put(null)).body).toEqual({ messageOverrides: {} });
  });

  it('an empty PATCH and an empty locale change nothing', async () => {
    await put({ en: { cancel: 'Stop' } });
    expect((await server.manage('PATCH', path, {})).body).toEqual({ messageOverrides: { en: { cancel: 'Stop' } } });
    expect((await put({ fr: {} })).body).toEqual({ messageOverrides: {} });
  });

  it.each([
    ['an unknown locale', { xx: { cancel: 'x' } }, '/messageOverrides/xx'],
    ['a locale that is a property of objects', { constructor: { cancel: 'x' } }, undefined],
    ['an unknown id', { en: { cancle: 'x' } }, '/messageOverrides/en/cancle'],
    ['an id that is a property of objects', { en: { toString: 'x' } }, '/messageOverrides/en/toString'],
    ['a placeholder that is missing', { en: { 'back-to': 'Back' } }, '/messageOverrides/en/back-to'],
    ['a placeholder too many', { en: { cancel: 'Cancel {application}' } }, '/messageOverrides/en/cancel'],
    ['another placeholder', { en: { 'back-to': 'Back to {account}' } }, '/messageOverrides/en/back-to'],
    ['a stray brace', { en: { cancel: 'Cancel {' } }, '/messageOverrides/en/cancel'],
    ['markup', { en: { cancel: '<script>alert(1)</script>' } }, '/messageOverrides/en/cancel'],
    ['an address', { en: { cancel: 'go to https://evil.example' } }, '/messageOverrides/en/cancel'],
    ['a line break', { en: { 'mail.code.subject': 'Code\r\nBcc: x@evil.example' } }, '/messageOverrides/en/mail.code.subject'],
    ['a mark that turns the text', { en: { cancel: 'a\u202eb' } }, '/messageOverrides/en/cancel'],
    ['an empty text', { en: { cancel: ' ' } }, '/messageOverrides/en/cancel'],
    ['a text too long', { en: { cancel: 'x'.repeat(401) } }, '/messageOverrides/en/cancel'],
    ['no text', { en: { cancel: 7 } }, '/messageOverrides/en/cancel'],
    ['no object', { en: ['cancel'] }, '/messageOverrides/en'],
  ])('refuse %s and name the place', async (_, messageOverrides, pointer) => {
    await put({ en: { 'back-to': 'To {application}' } });
    const { status, body } = await put(messageOverrides);
    if (pointer === undefined) expect((await server.manage('GET', path)).body).toEqual({ messageOverrides: {} });
    else {
      expect([status, body.error]).toEqual([400, expect.stringMatching(/^invalid_(configuration|request)$/)]);
      expect(body.details).toMatchObject([{ pointer }]);
      expect((await server.manage('GET', path)).body).toEqual({ messageOverrides: { en: { 'back-to': 'To {application}' } } });
    }
  });

  it('a near miss is named', async () => {
    expect((await put({ en: { cancle: 'x' } })).body.errorDescription).toContain('did you mean `cancel`');
  });
});

describe('the default locale', () => {
  it('is one of the locales that there are', async () => {
    expect((await server.manage('GET', '/tenant')).body.defaultLocale).toBe('en');
    expect((await server.manage('PATCH', '/tenant', { defaultLocale: 'pt-BR' })).body.defaultLocale).toBe('pt-BR');
    for (const defaultLocale of ['xx', 'EN', '', 7]) expect((await server.manage('PATCH', '/tenant', { defaultLocale })).status).toBe(400);
    expect((await server.manage('PATCH', '/tenant', { defaultLocale: null })).body.defaultLocale).toBe('en');
  });
});
