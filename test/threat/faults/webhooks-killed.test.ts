import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { selfSigned } from '../../support/certificate.ts';
import { type Receiver, startReceiver } from '../../support/receiver.ts';
import { eventually } from '../../support/webhook-nodes.ts';
import { folder, managementKey, type Process, settings, startProcess } from '../support/server.ts';

const long = process.env.STEPWARD_LONG_TESTS === '1';

/** The lease of a delivery is half a minute of a real clock. */
describe.skipIf(!long)('kill -9 while a webhook is being called', () => {
  const place = folder();
  const tls = selfSigned('localhost');
  let receiver: Receiver;
  let server: Process;
  const begin = () =>
    startProcess(
      settings(`sqlite:${place.path}/stepward.db`, {
        STEPWARD_EGRESS_ALLOWED_RANGES: '127.0.0.1',
        NODE_EXTRA_CA_CERTS: `${place.path}/ca.pem`,
      }),
    );
  beforeAll(async () => {
    writeFileSync(`${place.path}/ca.pem`, tls.cert);
    receiver = await startReceiver(tls);
    receiver.answer(() => undefined);
    server = await begin();
  });
  afterAll(async () => {
    await server?.end('SIGKILL');
    await receiver?.close();
    place.remove();
  });

  it('another process sends the same event again, with a new signature', async () => {
    const hook = { url: `https://127.0.0.1:${receiver.port}/in`, events: ['action.log_created'] };
    const { id } = (await server.call('POST', '/v1/management/webhooks', hook, managementKey)).body;
    await server.call('POST', '/v1/users/ann/actions/signIn', {});
    await receiver.until(1);
    await server.end('SIGKILL');
    receiver.answer((_, response) => response.writeHead(204).end());
    server = await begin();
    for (let waited = 0; receiver.received.length < 2 && waited < 45; waited++) await new Promise((resolve) => setTimeout(resolve, 1_000));
    const [first, second] = receiver.received;
    expect(second?.body).toBe(first?.body);
    expect(second?.headers['x-signature-v2']).not.toBe(first?.headers['x-signature-v2']);
    const deliveries = async () => (await server.call('GET', `/v1/management/webhooks/${id}/deliveries`, undefined, managementKey)).text;
    await eventually(async () => (await deliveries()).includes('"delivered"'));
    expect(JSON.parse(await deliveries())).toMatchObject([{ state: 'delivered', tries: 2 }]);
  });
});
