import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';

/**
 * How bytes go through: as they come; in slices of one byte; not at all, the connections left open (`deaf`: none of either side, `mute`:
 * none of the far side's answers); or every connection is reset.
 */
export type Passage = 'open' | 'slices' | 'deaf' | 'mute' | 'reset';

export type TcpProxy = {
  readonly port: number;
  /** Holds for connections that stand, too. What was held back goes through when it opens again. */
  set(passage: Passage): void;
  /** Connections at present. */
  connections(): number;
  close(): Promise<void>;
};

/** Stands between a client and a server on this machine, and breaks what is between them. */
export const startTcpProxy = async (target: number): Promise<TcpProxy> => {
  let passage: Passage = 'open';
  const sockets = new Set<Socket>();
  let opened: (() => void)[] = [];
  const holds = (answers: boolean): boolean => passage === 'deaf' || (passage === 'mute' && answers);
  const relay = (from: Socket, to: Socket, answers: boolean): void => {
    let before: Promise<void> = Promise.resolve();
    const send = async (chunk: Buffer): Promise<void> => {
      while (holds(answers)) await new Promise<void>((resolve) => opened.push(resolve));
      if (passage !== 'slices') return void to.write(chunk);
      for (let at = 0; at < chunk.length; at++) {
        to.write(chunk.subarray(at, at + 1));
        if (at % 64 === 0) await setTimeout(1);
      }
    };
    from.on('data', (chunk: Buffer) => {
      before = before.then(() => send(chunk));
    });
    from.on('end', () => {
      before = before.then(() => void to.end());
    });
    from.on('error', () => to.destroy());
    from.on('close', () => {
      sockets.delete(from);
      // a hole tells nobody that the other side has gone
      if (!holds(!answers) && !holds(answers)) to.destroy();
    });
  };
  const server = createServer((near) => {
    if (passage === 'reset') return void near.resetAndDestroy();
    const far = connect(target, '127.0.0.1').setNoDelay();
    near.setNoDelay();
    for (const socket of [near, far]) sockets.add(socket);
    relay(near, far, false);
    relay(far, near, true);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    set: (next) => {
      passage = next;
      if (passage === 'reset') for (const socket of sockets) socket.resetAndDestroy();
      const waiting = opened;
      opened = [];
      for (const resume of waiting) resume();
    },
    connections: () => sockets.size / 2,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
