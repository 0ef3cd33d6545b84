import { connect } from 'node:net';

export type RawAnswer = {
  readonly status: number;
  /** Names in lower case; the last of several. */
  readonly headers: ReadonlyMap<string, string>;
  readonly text: string;
};

export type RawRequest = {
  readonly method?: string;
  /** As it stands in the first line; bytes over 0x7f are sent as they are (latin1). */
  readonly target: string;
  /** As they are sent, in order; `Host`, `Connection` and `Content-Length` are added where they are missing. */
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly body?: string | Buffer;
};

const parsed = (bytes: Buffer): RawAnswer => {
  const cut = bytes.indexOf('\r\n\r\n');
  const [first = '', ...lines] = bytes
    .subarray(0, cut < 0 ? bytes.length : cut)
    .toString('latin1')
    .split('\r\n');
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
    }),
  );
  return { status: Number(first.split(' ')[1] ?? 0), headers, text: cut < 0 ? '' : bytes.subarray(cut + 4).toString('utf8') };
};

/** Sends a request byte by byte as it is written: no client library mends it. */
export const rawRequest = (url: string, { method = 'GET', target, headers = [], body }: RawRequest): Promise<RawAnswer> =>
  new Promise((resolve, reject) => {
    const { hostname, port, host } = new URL(url);
    const has = (name: string): boolean => headers.some(([one]) => one.toLowerCase() === name);
    const content = typeof body === 'object' ? body : Buffer.from(body ?? '', 'utf8');
    const lines = [
      `${method} ${target} HTTP/1.1`,
      ...(has('host') ? [] : [`Host: ${host}`]),
      ...headers.map(([name, value]) => `${name}: ${value}`),
      ...(has('connection') ? [] : ['Connection: close']),
      ...(body === undefined || has('content-length') || has('transfer-encoding') ? [] : [`Content-Length: ${content.length}`]),
    ];
    const socket = connect(Number(port), hostname);
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    // a server that refuses a large body may close before it was read
    socket.on('error', (error) => (chunks.length > 0 ? resolve(parsed(Buffer.concat(chunks))) : reject(error)));
    socket.on('end', () => resolve(parsed(Buffer.concat(chunks))));
    socket.write(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), content]));
  });
