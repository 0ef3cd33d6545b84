import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createApi } from '../../../examples/api-step-up/api.ts';
import { createApp } from '../../../examples/api-step-up/app.ts';
import { audience, startTokenIssuer, type TokenIssuer } from '../../support/token-issuer.ts';

const listen = async (listener?: RequestListener) => {
  const server = createServer(listener);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
};

/** A browser: cookies by host and port, redirects followed and kept. */
const createBrowser = () => {
  const cookies = new Map<string, Map<string, string>>();
  const go = async (url: string, method = 'GET', trail: string[] = []): Promise<{ status: number; text: string; trail: string[] }> => {
    const { host } = new URL(url);
    const jar = cookies.get(host) ?? new Map<string, string>();
    cookies.set(host, jar);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, { method, redirect: 'manual', headers: cookie ? { cookie } : {} });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      jar.set(name, value);
    }
    const location = response.headers.get('location');
    if (location && trail.length < 20) return go(new URL(location, url).href, 'GET', [...trail, new URL(location, url).href]);
    return { status: response.status, text: /role="status">([^<]*)/.exec(await response.text())?.[1] ?? '', trail };
  };
  return go;
};

describe.each([false, true])('the loop of RFC 9470, DPoP: %s', (dpop) => {
  let issuer: TokenIssuer;
  let origin: string;
  const servers: { close(): void }[] = [];
  beforeAll(async () => {
    const app = await listen();
    origin = app.url;
    issuer = await startTokenIssuer(`${origin}/callback`);
    const api = await listen();
    api.server.on('request', createApi({ issuer: issuer.url, audience, publicUrl: api.url }));
    app.server.on('request', await createApp({ issuer: issuer.url, clientId: 'app', api: api.url, audience, origin, dpop }));
    servers.push(app.server, api.server);
  });
  afterAll(async () => {
    for (const server of servers) server.close();
    await issuer?.close();
  });
  const requests = (trail: readonly string[]) =>
    trail.flatMap((url) => (new URL(url).pathname === '/auth' && url.includes('client_id=') ? [new URL(url).searchParams] : []));

  it('a token for the balance is not enough to pay; the one that is asked for then is', async () => {
    const go = createBrowser();
    const balance = await go(`${origin}/balance`, 'POST');
    expect({ ...balance, asked: requests(balance.trail).map((asked) => asked.get('acr_values')) }).toMatchObject({
      status: 200,
      text: '{"balance":5000}',
      asked: [null],
    });
    const paid = await go(`${origin}/pay`, 'POST');
    expect(paid.status).toBe(200);
    expect(JSON.parse(paid.text)).toMatchObject({ paid: 2_500, by: 'ada', acr: 'phr', auth_time: expect.any(Number) });
    expect(requests(paid.trail).map((asked) => [asked.get('acr_values'), asked.get('max_age')])).toEqual([
      ['phr urn:stepward:aal2', '300'],
    ]);
    const again = await go(`${origin}/pay`, 'POST');
    expect([again.status, again.trail]).toEqual([200, []]);
  });
  it('an authentication that is too old is done anew, also where its acr would do', async () => {
    const go = createBrowser();
    // openid-client notices first, and the example says so
    const said = vi.spyOn(console, 'error').mockImplementation(() => {});
    issuer.signIn.age = 400;
    const first = await go(`${origin}/pay`, 'POST');
    // the first sign-in asks for nothing; the second is as old
    expect([first.status, requests(first.trail).length]).toEqual([502, 2]);
    expect(said.mock.calls[0]?.[0]).toMatchObject({ cause: { message: expect.stringContaining('too much time has elapsed') } });
    said.mockRestore();
    issuer.signIn.age = 0;
    const second = await go(`${origin}/pay`, 'POST');
    expect([second.status, JSON.parse(second.text).acr, requests(second.trail).length]).toEqual([200, 'phr', 1]);
  });
  it('a user who cannot do what is asked is sent once, and nothing is paid', async () => {
    const go = createBrowser();
    await go(`${origin}/balance`, 'POST');
    issuer.signIn.error = 'unmet_authentication_requirements';
    const refused = await go(`${origin}/pay`, 'POST');
    issuer.signIn.error = undefined;
    expect([refused.status, refused.text, requests(refused.trail).length]).toEqual([
      403,
      'Not done: unmet_authentication_requirements.',
      1,
    ]);
  });
});
