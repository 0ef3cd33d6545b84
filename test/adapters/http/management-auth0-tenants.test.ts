import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSecrets } from '../../../adapters/secrets/secrets.ts';
import { auth0SecretContext } from '../../../core/index.ts';
import { type Running, running } from './running.ts';

let server: Running;
beforeAll(async () => {
  server = await running();
});
afterAll(() => server.stop());

const secrets = createSecrets({ keys: [{ id: 'k1', key: new Uint8Array(32).fill(7) }] });
const first = 'the-first-secret-of-an-auth0-tenant-here';
const second = 'another-secret-of-an-auth0-tenant-there';

let made = 0;
const create = async (more: object = {}) => {
  made += 1;
  const id = `tenant-${made}`;
  const answer = await server.manage('POST', '/auth0-tenants', { id, domains: [`${id}.eu.auth0.com`], secrets: [first], ...more });
  return { ...answer, id, domain: `${id}.eu.auth0.com`, at: `/auth0-tenants/${id}` };
};
const pointersOf = ({ body }: { readonly body: Record<string, unknown> }) =>
  (body.details as { pointer: string }[] | undefined)?.map(({ pointer }) => pointer);
const opened = async (id: string): Promise<readonly string[]> => {
  const record = (await server.policies.fresh()).auth0Tenants.get(id);
  return (record?.sealedSecrets ?? []).map((sealed) => secrets.open(auth0SecretContext(id), sealed));
};

describe('Auth0 tenants of the management API', () => {
  it('one is made with its version as ETag; its secrets are sealed and in no answer, list or audit entry', async () => {
    const { status, headers, body, id, domain, at } = await create({ secrets: [first, second] });
    expect([status, headers.etag]).toEqual([201, '"1"']);
    const shown = { id, name: id, domains: [domain], secretCount: 2, version: 1, createdAt: expect.stringMatching(/Z$/) };
    expect(body).toEqual(shown);
    const read = await server.manage('GET', at);
    expect([read.body, read.headers.etag]).toEqual([shown, '"1"']);
    expect((await server.manage('GET', '/auth0-tenants')).body).toContainEqual(shown);
    expect(await opened(id)).toEqual([first, second]);
    const texts = await Promise.all(['/auth0-tenants', at, '/audit?limit=500'].map((path) => server.manage('GET', path)));
    const documents = JSON.stringify((await server.store.documentsSince(0)).documents);
    for (const text of [...texts.map((answer) => answer.text), documents])
      expect([text.includes(first), text.includes(second)]).toEqual([false, false]);
    for (const { text } of texts) expect(text).not.toContain('sealedSecrets');
  });

  it('without an id one is made up; the same id twice is refused', async () => {
    const { body } = await create({ id: undefined });
    expect(body.id).toMatch(/^[\w-]{36}$/);
    const { id } = await create();
    expect((await create({ id })).body.error).toBe('already_exists');
  });

  it('PATCH is partial, a list is the whole list, and what changes nothing makes no version', async () => {
    const { at, id, domain } = await create({ name: 'Shop' });
    const patch = (body: object, ifMatch?: string) =>
      server.manage('PATCH', at, body, ifMatch === undefined ? {} : { headers: { 'if-match': ifMatch } });
    const custom = `login.${id}.example`;
    expect((await patch({ domains: [domain, custom] }, '"1"')).body).toMatchObject({ name: 'Shop', domains: [domain, custom], version: 2 });
    expect((await patch({ name: 'Other' }, '"1"')).body.error).toBe('precondition_failed');
    const same = await patch({ domains: [domain, custom], secrets: [first] });
    expect([same.body.version, same.headers.etag]).toEqual([2, '"2"']);
    expect((await patch({ name: null })).body).toMatchObject({ name: id, version: 3 });
    expect((await patch({ secrets: [second, first] })).body).toMatchObject({ secretCount: 2, version: 4 });
    expect(await opened(id)).toEqual([second, first]);
    expect((await patch({ secrets: [first, second] })).body.version).toBe(5);
    expect((await patch({ secrets: [second] })).body).toMatchObject({ secretCount: 1, version: 6 });
    expect(await opened(id)).toEqual([second]);
    const audit = (await server.manage('GET', `/audit?subject=${id}`)).body;
    expect(audit.map(({ what, detail }) => [what, (detail as { secretsChanged?: true }).secretsChanged])).toEqual([
      ['auth0-tenant.updated', true],
      ['auth0-tenant.updated', true],
      ['auth0-tenant.updated', true],
      ['auth0-tenant.updated', undefined],
      ['auth0-tenant.updated', undefined],
      ['auth0-tenant.created', undefined],
    ]);
  });

  it('a domain has one tenant, also when two take it at once', async () => {
    const one = await create();
    const two = await create();
    const taken = await server.manage('PATCH', two.at, { domains: [two.domain, one.domain] });
    expect([taken.status, pointersOf(taken)]).toEqual([400, ['/domains/1']]);
    expect(taken.text).toContain(`must not be one of the tenant \`${one.id}\` too`);
    const raced = await Promise.all([one, two].map(({ at, domain }) => server.manage('PATCH', at, { domains: [domain, 'raced.example'] })));
    expect(raced.map(({ status }) => status).toSorted()).toEqual([200, 400]);
    // what is given up is free
    await server.manage('DELETE', one.at);
    await server.manage('DELETE', two.at);
    expect((await create({ domains: ['raced.example'] })).status).toBe(201);
  });

  it('a sealed secret is of its tenant alone', async () => {
    const { id } = await create();
    const [sealed = ''] = (await server.policies.fresh()).auth0Tenants.get(id)?.sealedSecrets ?? [];
    expect(() => secrets.open(auth0SecretContext('tenant-1'), sealed)).toThrow();
  });

  it('DELETE honours If-Match, and then it is gone', async () => {
    const { at } = await create();
    expect((await server.manage('DELETE', at, undefined, { headers: { 'if-match': '"9"' } })).status).toBe(412);
    expect((await server.manage('DELETE', at)).status).toBe(200);
    for (const method of ['GET', 'DELETE']) expect((await server.manage(method, at)).body.error).toBe('not_found');
    expect((await server.manage('PATCH', at, { name: 'x' })).body.error).toBe('not_found');
  });

  it('neither a server key nor nobody reads or changes one', async () => {
    const { at } = await create();
    for (const key of ['server', null])
      for (const [method, path] of [
        ['GET', '/auth0-tenants'],
        ['POST', '/auth0-tenants'],
        ['GET', at],
        ['PATCH', at],
        ['DELETE', at],
      ] as const)
        expect([401, 403]).toContain((await server.manage(method, path, method === 'PATCH' ? {} : undefined, { key })).status);
  });

  it.each<[object, string]>([
    [{ id: 'a/b' }, '/id'],
    [{ id: '' }, '/id'],
    [{ domains: undefined }, '/domains'],
    [{ domains: [] }, '/domains'],
    [{ domains: 'a.example' }, '/domains'],
    [{ domains: ['A.example'] }, '/domains/0'],
    [{ domains: ['a.example', 'a.example'] }, '/domains/1'],
    [{ domains: ['https://a.example'] }, '/domains/0'],
    [{ domains: ['a.example:443'] }, '/domains/0'],
    [{ domains: ['a.example/continue'] }, '/domains/0'],
    [{ domains: ['a.example.'] }, '/domains/0'],
    [{ domains: ['*.example'] }, '/domains/0'],
    [{ domains: ['bücher.example'] }, '/domains/0'],
    [{ domains: ['example'] }, '/domains/0'],
    [{ domains: ['10.0.0.7'] }, '/domains/0'],
    [{ domains: ['localhost'] }, '/domains/0'],
    [{ domains: ['127.0.0.1:4000'] }, '/domains/0'],
    [{ domains: ['user@a.example'] }, '/domains/0'],
    [{ domains: [`${'a'.repeat(64)}.example`] }, '/domains/0'],
    [{ domains: [5] }, '/domains/0'],
    [{ domains: Array.from({ length: 21 }, (_, n) => `a${n}.example`) }, '/domains'],
    [{ secrets: undefined }, '/secrets'],
    [{ secrets: [] }, '/secrets'],
    [{ secrets: first }, '/secrets'],
    [{ secrets: ['x'.repeat(31)] }, '/secrets/0'],
    [{ secrets: [first, 'x'.repeat(513)] }, '/secrets/1'],
    [{ secrets: [first, first] }, '/secrets/1'],
    [{ secrets: [`${first} `] }, '/secrets/0'],
    [{ secrets: [`${first}é`] }, '/secrets/0'],
    [{ secrets: Array.from({ length: 6 }, (_, n) => `${first}${n}`) }, '/secrets'],
    [{ name: '' }, '/name'],
  ])('%j is refused at %s', async (more, pointer) => {
    const answer = await create(more);
    expect([answer.status, pointersOf(answer)?.[0], answer.text.includes(first)]).toEqual([400, pointer, false]);
  });
});
