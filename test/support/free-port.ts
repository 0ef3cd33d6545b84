import { createServer } from 'node:net';

/** A port on loopback that nobody listens on now. */
export const freePort = (host = 'localhost'): Promise<number> =>
  new Promise((done) => {
    const server = createServer().listen(0, host, () => {
      const address = server.address();
      server.close(() => done(typeof address === 'object' && address ? address.port : 0));
    });
  });
