import { createServer, request, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientAddress } from '../../adapters/http/client-address.ts';
import { freePort } from '../support/free-port.ts';
import { hasNginx, type Nginx, startNginx } from '../support/nginx.ts';
import { basic, folder, type Process, serverKey, settings, startProcess } from './support/server.ts';

/** All on one machine, so each has a loopback address of its own. */
const client = '127.0.0.9';
const inner = '127.0.0.2';
const outer = '127.0.0.3';
const forwarding = `proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_set_header Host $host;`;

describe.skipIf(!hasNginx)('Forged client address, behind nginx', () => {
  let trusted: readonly string[] = [];
  let app: Server;
  let nginx: Nginx;
  let one = 0;
  let two = 0;
  beforeAll(async () => {
    app = createServer((incoming, response) => void response.end(clientAddress(incoming, trusted)));
    await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve));
    const port = (app.address() as AddressInfo).port;
    [one, two] = [await freePort(), await freePort()];
    nginx = await startNginx(
      two,
      '$uri',
      `server { listen 127.0.0.1:${one}; listen [::1]:${one}; location / { ${forwarding} proxy_bind ${inner}; proxy_pass http://127.0.0.1:${port}; } }
       server { listen 127.0.0.1:${two}; listen [::1]:${two}; location / { ${forwarding} proxy_bind ${outer}; proxy_pass http://127.0.0.1:${one}; } }`,
    );
  });
  afterAll(async () => {
    await nginx?.stop();
    app?.close();
  });

  const seen = (port: number, headers: Readonly<Record<string, string>>, host = '127.0.0.1'): Promise<string> =>
    new Promise((resolve, reject) => {
      const asked = request({ host, port, headers, agent: false, ...(host === '127.0.0.1' && { localAddress: client }) }, (response) => {
        let text = '';
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => resolve(text));
      });
      asked.on('error', reject);
      asked.end();
    });
  const port = { none: () => (app.address() as AddressInfo).port, one: () => one, two: () => two } as const;
  const forged = [
    {},
    { 'x-forwarded-for': '6.6.6.6' },
    { 'x-forwarded-for': `6.6.6.6, ${inner}, ${outer}` },
    { 'x-forwarded-for': `${outer}` },
    { 'x-forwarded-for': '::ffff:6.6.6.6' },
    { 'x-forwarded-for': '6.6.6.6:443, [2001:db8::1]:443' },
    { 'x-forwarded-for': 'unknown, "6.6.6.6"' },
    { forwarded: 'for=6.6.6.6' },
    { 'x-real-ip': '6.6.6.6' },
    { 'cf-connecting-ip': '6.6.6.6' },
    { 'true-client-ip': '6.6.6.6' },
  ] as const;

  // fails without: hops taken from the right as long as they are trusted; no header but X-Forwarded-For; none without trusted proxies
  it.each([
    ['none', [], client],
    ['none', [inner, outer], client],
    ['one', [inner], client],
    ['one', [inner, outer], client],
    ['one', ['127.0.0.2/31'], client],
    ['one', [], inner],
    ['two', [inner, outer], client],
    ['two', [inner], outer],
    ['two', [outer], inner],
    ['two', [], inner],
  ] as const)('%s in front, trusted %j: the client is %s, whatever it says', async (hops, list, expected) => {
    trusted = list;
    for (const headers of forged) expect(await seen(port[hops](), headers), JSON.stringify(headers)).toBe(expected);
  });

  it.each(['one', 'two'] as const)('%s in front, over IPv6', async (hops) => {
    trusted = [inner, outer];
    for (const headers of forged) expect(await seen(port[hops](), headers, '::1'), JSON.stringify(headers)).toBe('::1');
  });
});

describe.skipIf(!hasNginx)('Smuggling, behind nginx that keeps its connections', () => {
  const place = folder();
  let server: Process;
  let nginx: Nginx;
  let port = 0;
  beforeAll(async () => {
    server = await startProcess(settings(`sqlite:${place.path}/stepward.db`, { STEPWARD_LOG_LEVEL: 'debug' }));
    port = await freePort();
    nginx = await startNginx(
      port,
      '$request_method $upstream_status',
      `upstream stepward { server 127.0.0.1:${server.port}; keepalive 1; }
       server { listen 127.0.0.1:${port}; proxy_request_buffering off; location / { proxy_http_version 1.1; proxy_set_header Connection "";
         proxy_set_header Host $http_host; proxy_pass http://stepward; } }`,
    );
  });
  afterAll(async () => {
    await nginx?.stop();
    await server?.end('SIGKILL');
    place.remove();
  });

  /** Sends bytes as they are and waits until nginx closes. */
  const sent = (bytes: string): Promise<string> =>
    new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1');
      let answer = '';
      socket.on('data', (chunk) => {
        answer += chunk;
      });
      socket.on('close', () => resolve(answer));
      socket.on('error', () => undefined);
      socket.write(bytes, 'latin1');
    });
  /** What nginx passed on and what it heard of it; and what Stepward says that it answered. */
  const passedOn = (): readonly string[] => nginx.log().filter((line) => !line.endsWith(' '));
  const answered = (): readonly string[] =>
    server
      .output()
      .split('\n')
      .filter((line) => line.includes('"http.answered"'))
      .map((line) => JSON.parse(line) as { readonly method: string; readonly status: number })
      .map(({ method, status }) => `${method} ${status}`);

  const hidden = `DELETE /v1/users/victim HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${basic(serverKey)}\r\n\r\n`;
  const head = (...lines: readonly string[]): string =>
    [
      `POST /v1/users/ann/actions/open HTTP/1.1`,
      'Host: localhost',
      `Authorization: ${basic(serverKey)}`,
      'Content-Type: application/json',
      ...lines,
      '',
      '',
    ].join('\r\n');
  const last = 'GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
  const hex = (text: string): string => text.length.toString(16);

  // fails without: a parser that refuses what two could read differently (Node's, with `insecureHTTPParser` off)
  it.each([
    ['both lengths', head('Content-Length: 4', 'Transfer-Encoding: chunked'), `${hex(hidden)}\r\n${hidden}\r\n0\r\n\r\n`],
    ['both lengths, the other way round', head('Transfer-Encoding: chunked', `Content-Length: ${hidden.length + 5}`), `0\r\n\r\n${hidden}`],
    ['two different lengths', head('Content-Length: 2', `Content-Length: ${hidden.length + 2}`), `{}${hidden}`],
    ['a list of lengths', head(`Content-Length: 2, ${hidden.length + 2}`), `{}${hidden}`],
    ['a signed length', head('Content-Length: +2'), `{}${hidden}`],
    ['a length with an underscore', head('Content_Length: 2', 'Content-Length: 2'), `{}${hidden}`],
    ['an unknown coding', head('Transfer-Encoding: xchunked', 'Content-Length: 2'), `{}${hidden}`],
    ['two codings', head('Transfer-Encoding: chunked', 'Transfer-Encoding: identity'), `2\r\n{}\r\n0\r\n\r\n${hidden}`],
    ['a coding behind a tab', head('Transfer-Encoding:\tchunked', 'Content-Length: 2'), `0\r\n\r\n${hidden}`],
    ['a blank before the colon', head('Transfer-Encoding : chunked', 'Content-Length: 2'), `{}${hidden}`],
    ['a folded header', head('X-A: b\r\n Transfer-Encoding: chunked', 'Content-Length: 2'), `{}${hidden}`],
    ['a bare line feed', head('X-A: b\nTransfer-Encoding: chunked', 'Content-Length: 2'), `{}${hidden}`],
    ['a chunk with an extension', head('Transfer-Encoding: chunked'), `2;a="\r\n{}\r\n0\r\n\r\n${hidden}`],
    ['a chunk length that overflows', head('Transfer-Encoding: chunked'), `10000000000000002\r\n{}\r\n0\r\n\r\n${hidden}`],
    ['a trailer', head('Transfer-Encoding: chunked'), `2\r\n{}\r\n0\r\nContent-Length: 7\r\n\r\n${hidden}`],
    ['a body of a GET', `GET /livez HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${hidden.length}\r\n\r\n`, hidden],
    ['an answer before the body was read', head('Content-Length: 300000').replace('/json', '/x'), hidden.padEnd(300_000, ' ')],
  ])('%s: Stepward answers the requests that nginx passed on, and no others', async (_, first, body) => {
    await sent(`${first}${body}${last}`);
    // the connection that is kept is used again: what was left on it would be read now
    await sent(last);
    const differ = () => answered().toSorted().join() !== passedOn().toSorted().join();
    await expect.poll(differ, { timeout: 20_000 }).toBe(false);
  });

  it('control: what is sent in a row arrives, each by itself', async () => {
    const before = answered().length;
    await sent(`${head('Content-Length: 2')}{}${hidden}${last}`);
    await expect.poll(() => answered().slice(before), { timeout: 20_000 }).toEqual(['POST 200', 'DELETE 204', 'GET 200']);
  });
});
