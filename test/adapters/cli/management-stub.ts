import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export type StubRule = {
  readonly ruleId: string;
  readonly name: string;
  readonly type: string;
  readonly priority: number;
  readonly isActive: boolean;
  readonly mode: string;
};

/** A management API with one action, its rules and two pages of keys, that keeps every change it was sent. */
export const startManagementStub = async (rules: readonly StubRule[]) => {
  const changes: { readonly line: string; readonly body: unknown; readonly ifMatch: string | undefined }[] = [];
  const at = '/v1/management';
  const key = (id: string) => ({ id, name: `key ${id}`, kind: 'server' });

  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      const send = (status: number, body: unknown, headers: Record<string, string> = {}) => {
        response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
      };
      if (request.headers.authorization !== `Basic ${Buffer.from('mk_test:').toString('base64')}`)
        return send(401, { error: 'unauthorized', errorDescription: 'the key is not known' });
      const path = (request.url ?? '').replace(at, '');
      if (request.method !== 'GET') {
        changes.push({
          line: `${request.method} ${path}`,
          body: text ? JSON.parse(text) : undefined,
          ifMatch: request.headers['if-match'],
        });
        return send(path === '/api-keys' ? 201 : 200, path === '/api-keys' ? { id: 'k9', key: 'sk_new' } : {});
      }
      if (path === '/action-configurations') return send(200, [{ actionCode: 'signIn' }]);
      if (path === '/action-configurations/signIn') return send(200, { actionCode: 'signIn' }, { etag: '"12"' });
      if (path === '/action-configurations/signIn/rules') return send(200, rules);
      if (path === '/api-keys') return send(200, [key('k1')], { link: `<http://proxy.example${at}/api-keys?cursor=2>; rel="next"` });
      if (path === '/api-keys?cursor=2') return send(200, [key('k2')]);
      send(404, { error: 'not_found', errorDescription: 'no such\naction' });
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    changes,
    stop: () => {
      server.closeAllConnections();
      return new Promise((done) => server.close(done));
    },
  };
};
