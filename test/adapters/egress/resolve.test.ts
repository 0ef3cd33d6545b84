import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { createResolve } from '../../../adapters/egress/resolve.ts';

const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.close();
});

type Reply = { readonly rcode: number; readonly a?: readonly number[] } | undefined;

/** A name server that answers as told, or not at all (RFC 1035 §4). */
const nameServer = async (reply: (type: number) => Reply): Promise<string> => {
  const socket = createSocket('udp4');
  sockets.push(socket);
  socket.on('message', (query, { port, address }) => {
    const end = query.indexOf(0, 12) + 5;
    const told = reply(query.readUInt16BE(end - 4));
    if (!told) return;
    const record = told.a ? Buffer.from([0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...told.a]) : Buffer.alloc(0);
    const head = Buffer.from([...query.subarray(0, 2), 0x81, 0x80 | told.rcode, 0, 1, 0, told.a ? 1 : 0, 0, 0, 0, 0]);
    socket.send(Buffer.concat([head, query.subarray(12, end), record]), port, address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return `127.0.0.1:${socket.address().port}`;
};

describe('names of servers that are called', () => {
  const fromSystem = [{ address: '10.9.9.9', family: 4 }];
  const asked: string[] = [];
  const system = async (host: string) => {
    asked.push(host);
    return fromSystem;
  };
  afterEach(() => {
    asked.length = 0;
  });

  it('are asked of name servers', async () => {
    const server = await nameServer((type) => (type === 1 ? { rcode: 0, a: [93, 184, 215, 14] } : { rcode: 0 }));
    expect(await createResolve({ servers: [server], system })('hooks.example')).toEqual([{ address: '93.184.215.14', family: 4 }]);
    expect(asked).toEqual([]);
  });

  it('that these do not know are asked of the system', async () => {
    const server = await nameServer(() => ({ rcode: 3 }));
    expect(await createResolve({ servers: [server], system })('receiver.internal')).toEqual(fromSystem);
  });

  it('without a dot are asked of the system', async () => {
    const resolve = createResolve({ servers: ['127.0.0.1:9'], system });
    for (const host of ['localhost', 'receiver', 'a.localhost']) expect(await resolve(host)).toEqual(fromSystem);
  });

  it.each([2, 5])('that these fail to answer (%i) are not asked of the system', async (rcode) => {
    const server = await nameServer(() => ({ rcode }));
    await expect(createResolve({ servers: [server], system })('hooks.example')).rejects.toThrow();
    expect(asked).toEqual([]);
  });

  it('whose servers are silent do not take the threads that others need for theirs', async () => {
    const server = await nameServer(() => undefined);
    const resolve = createResolve({ servers: [server], timeout: 500 });
    const settled: string[] = [];
    const silent = Array.from({ length: 16 }, () =>
      resolve('hooks.example').catch(() => {
        settled.push('silent');
      }),
    );
    await lookup('localhost').then(() => settled.push('other'));
    await Promise.all(silent);
    expect(settled[0]).toBe('other');
  });
});
