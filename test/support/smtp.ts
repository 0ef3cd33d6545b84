import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** A mail as the server took it, with its parts decoded. */
export type CapturedMail = {
  readonly from: string;
  readonly to: readonly string[];
  readonly raw: string;
  /** By lower-case name; several of one name are joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
};

const split = (entity: string): readonly [string, string] => {
  const end = entity.indexOf('\r\n\r\n');
  return end < 0 ? [entity, ''] : [entity.slice(0, end), entity.slice(end + 4)];
};

const headersOf = (head: string): Record<string, string> => {
  const headers: Record<string, string> = {};
  for (const line of head.replace(/\r\n[ \t]+/g, ' ').split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon < 1) continue;
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
  }
  return headers;
};

const quotedPrintable = (text: string): Buffer =>
  Buffer.from(
    text.replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );

const decodedWords = (value: string): string =>
  value
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_, kind: string, text: string) =>
      kind.toLowerCase() === 'b' ? Buffer.from(text, 'base64').toString() : quotedPrintable(text.replaceAll('_', ' ')).toString(),
    );

const bodyOf = (headers: Readonly<Record<string, string>>, body: string): string => {
  const encoding = headers['content-transfer-encoding']?.toLowerCase();
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString();
  if (encoding === 'quoted-printable') return quotedPrintable(body).toString();
  return Buffer.from(body, 'latin1').toString();
};

const partsOf = (entity: string): readonly { readonly type: string; readonly body: string }[] => {
  const [head, body] = split(entity);
  const headers = headersOf(head);
  const type = headers['content-type'] ?? 'text/plain';
  const boundary = /boundary="?([^";]+)"?/i.exec(type)?.[1];
  if (boundary === undefined) return [{ type, body: bodyOf(headers, body) }];
  return `\r\n${body}`
    .split(`\r\n--${boundary}`)
    .slice(1, -1)
    .flatMap((part) => partsOf(part.replace(/^\r\n/, '')));
};

const parsed = (from: string, to: readonly string[], raw: string): CapturedMail => {
  const headers = headersOf(split(raw)[0]);
  const parts = partsOf(raw);
  const bodyOfType = (type: string) => parts.find((part) => part.type.startsWith(type))?.body ?? '';
  return {
    from,
    to,
    raw,
    headers,
    subject: decodedWords(headers.subject ?? ''),
    text: bodyOfType('text/plain'),
    html: bodyOfType('text/html'),
  };
};

/** Starts a mail server on loopback that takes everything; newest message last. */
export const startSmtp = async (): Promise<{
  readonly url: string;
  readonly messages: readonly CapturedMail[];
  readonly stop: () => Promise<void>;
}> => {
  const messages: CapturedMail[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    disableReverseLookup: true,
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        const from = mailFrom === false ? '' : mailFrom.address;
        messages.push(
          parsed(
            from,
            rcptTo.map(({ address }) => address),
            Buffer.concat(chunks).toString('latin1'),
          ),
        );
        done();
      });
    },
  });
  server.on('error', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  const stop = () => new Promise<void>((resolve) => server.close(() => resolve()));
  return { url: `smtp://127.0.0.1:${port}`, messages, stop };
};
