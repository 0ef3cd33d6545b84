import express from 'express';
import { describe, expect, it } from 'vitest';
import { mountExpress } from '../../../adapters/http/index.ts';
import { running } from './running.ts';

describe('mounted in Express', () => {
  it('answers the same and leaves other paths to the application', async () => {
    const server = await running({
      mounted: (http) => {
        const app = express();
        app.disable('x-powered-by');
        app.use(mountExpress(http));
        app.get('/own', (_, response) => {
          response.json({ own: true });
        });
        return app;
      },
    });
    const { status, headers } = await server.call('POST', '/v1/users/a%2Fb/actions/signIn', { deviceId: 'd' });
    expect([status, headers['content-type'], headers['cache-control']]).toEqual([200, 'application/json', 'no-store']);
    expect(server.calls.at(-1)?.args).toEqual([{ userId: 'a/b', action: 'signIn', deviceId: 'd' }]);
    expect((await server.call('GET', '/v1/nope')).body.error).toBe('not_found');
    expect((await server.call('GET', '/own')).body).toEqual({ own: true });
    await server.stop();
  });
});
