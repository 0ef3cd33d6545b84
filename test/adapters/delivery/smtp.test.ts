import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSmtpDelivery, type SmtpDelivery, type SmtpSettings } from '../../../adapters/delivery/smtp.ts';
import type { Message } from '../../../core/ports/delivery.ts';
import { startSmtp } from '../../support/smtp.ts';

const from = 'Example Bank <no-reply@example.org>';
const message: Message = {
  channel: 'email',
  to: 'ada@example.org',
  subject: 'Your verification code',
  text: 'Example Bank\nYour code: 123456\n.\nGrüße, 東京\n',
  html: '<p>Your code: <strong>123456</strong> Grüße</p>',
  sendId: '01a20cb0-3626-74b4-a0ca-0d8da4d02afb',
};

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

const delivery = (settings: SmtpSettings): SmtpDelivery => {
  const made = createSmtpDelivery(settings);
  open.push(() => made.close());
  return made;
};

/** A server that speaks only what `onLine` makes it speak. */
const startFake = async (onConnect: (socket: Socket) => void): Promise<string> => {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    onConnect(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const bound = server.address();
  return `smtp://127.0.0.1:${typeof bound === 'object' && bound !== null ? bound.port : 0}`;
};

describe('SMTP', () => {
  let server: Awaited<ReturnType<typeof startSmtp>>;
  beforeEach(async () => {
    server = await startSmtp();
    open.push(server.stop);
  });

  it('sends text and HTML as they are, from and to one address', async () => {
    await delivery({ url: server.url, from }).send(message);
    expect(server.messages).toHaveLength(1);
    expect(server.messages[0]).toMatchObject({ from: 'no-reply@example.org', to: ['ada@example.org'], subject: 'Your verification code' });
    expect(server.messages[0]?.text.replaceAll('\r\n', '\n').trimEnd()).toBe(message.text.trimEnd());
    expect(server.messages[0]?.html.trimEnd()).toBe(message.html);
    expect(server.messages[0]?.headers).toMatchObject({
      from: 'Example Bank <no-reply@example.org>',
      to: 'ada@example.org',
      'message-id': '<01a20cb0-3626-74b4-a0ca-0d8da4d02afb@example.org>',
      'auto-submitted': 'auto-generated',
    });
  });

  it('ends every line with CRLF', async () => {
    await delivery({ url: server.url, from }).send(message);
    expect(server.messages[0]?.raw.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
  });

  it('sends many at once over few connections, each once', async () => {
    const mail = delivery({ url: server.url, from });
    await Promise.all(Array.from({ length: 30 }, (_, index) => mail.send({ ...message, sendId: `send-${index}` })));
    expect(new Set(server.messages.map(({ headers }) => headers['message-id'])).size).toBe(30);
    expect(server.messages).toHaveLength(30);
  });

  it.each<[string, Partial<Message>]>([
    ['a second header in the address', { to: 'ada@example.org\r\nBcc: eve@example.org' }],
    ['a bare line feed in the address', { to: 'ada@example.org\nBcc: eve@example.org' }],
    ['a second address', { to: 'ada@example.org, eve@example.org' }],
    ['a second address after a semicolon', { to: 'ada@example.org;eve@example.org' }],
    ['a group of addresses', { to: 'all:eve@example.org' }],
    ['a display name', { to: 'Ada <eve@example.org>' }],
    ['a quoted local part', { to: '"ada\\" eve"@example.org' }],
    ['no address', { to: '' }],
    ['a second header in the subject', { subject: 'Hello\r\nBcc: eve@example.org' }],
    ['a bare carriage return in the subject', { subject: 'Hello\rBcc: eve@example.org' }],
    ['a zero byte in the subject', { subject: 'Hello\u0000' }],
    ['a second header in the send id', { sendId: 'x>\r\nBcc: eve@example.org' }],
  ])('refuses %s', async (_, changes) => {
    const mail = delivery({ url: server.url, from });
    await expect(mail.send({ ...message, ...changes })).rejects.toMatchObject({ code: 'delivery_failed' });
    await mail.send(message);
    expect(server.messages).toHaveLength(1);
  });

  it('keeps what looks like a header or an end of mail inside the text', async () => {
    const text = 'Hello\r\nBcc: eve@example.org\r\n.\r\nMAIL FROM:<x@y.z>\r\n';
    await delivery({ url: server.url, from }).send({ ...message, text });
    expect(server.messages).toHaveLength(1);
    expect(server.messages[0]?.to).toEqual(['ada@example.org']);
    expect(server.messages[0]?.headers).not.toHaveProperty('bcc');
    expect(server.messages[0]?.text).toContain('MAIL FROM:<x@y.z>');
  });
});

describe('the sender', () => {
  it.each(['', 'nobody', 'a@b.c, d@e.f', 'Name <a@b.c>\r\nBcc: x@y.z', 'Na\nme <a@b.c>', 'A <a@b.c> <d@e.f>', 'a b@c.d'])(
    '%j: refused',
    (text) => {
      expect(() => createSmtpDelivery({ url: 'smtp://127.0.0.1:1', from: text })).toThrow(TypeError);
    },
  );

  it.each(['http://127.0.0.1', 'nonsense', '', 'sendmail:///usr/bin/true'])('server %j: refused', (url) => {
    expect(() => createSmtpDelivery({ url, from })).toThrow(TypeError);
  });
});

describe('a mail server that fails', () => {
  const failed = expect.objectContaining({ code: 'delivery_failed', message: expect.not.stringContaining('123456') });

  it('by not being there', async () => {
    const server = await startSmtp();
    await server.stop();
    await expect(delivery({ url: server.url, from }).send(message)).rejects.toEqual(failed);
  });

  it('by never greeting, also for those that wait in the queue', async () => {
    const mail = delivery({ url: await startFake(() => {}), from, deadline: 300 });
    const answers = await Promise.allSettled(Array.from({ length: 12 }, () => mail.send(message)));
    for (const answer of answers) expect(answer).toEqual({ status: 'rejected', reason: failed });
  });

  it('by greeting drop by drop for ever', async () => {
    const url = await startFake((socket) => {
      const timer = setInterval(() => socket.write('220-wait\r\n'), 20);
      socket.on('close', () => clearInterval(timer));
    });
    await expect(delivery({ url, from, deadline: 300 }).send(message)).rejects.toEqual(failed);
  });

  it('by answering drop by drop for ever', async () => {
    const url = await startFake((socket) => {
      socket.write('220 fake\r\n');
      const timer = setInterval(() => socket.write('250-wait\r\n'), 20);
      socket.on('close', () => clearInterval(timer));
    });
    await expect(delivery({ url, from, deadline: 300 }).send(message)).rejects.toEqual(failed);
  });

  it('by hanging up', async () => {
    const url = await startFake((socket) => socket.end());
    await expect(delivery({ url, from, deadline: 2_000 }).send(message)).rejects.toEqual(failed);
  });

  it('by refusing the receiver', async () => {
    const url = await startFake((socket) => {
      socket.write('220 fake\r\n');
      socket.on('data', (data) => {
        const line = data.toString();
        socket.write(line.startsWith('RCPT') ? '550 no such user 123456\r\n' : '250 ok\r\n');
      });
    });
    await expect(delivery({ url, from }).send(message)).rejects.toEqual(failed);
  });

  it('goes on working once the server is back', async () => {
    let greets = false;
    const url = await startFake((socket) => {
      if (!greets) return;
      socket.write('220 fake\r\n');
      socket.on('data', (data) => {
        const text = data.toString();
        if (text.startsWith('DATA')) socket.write('354 go\r\n');
        else if (/^(EHLO|MAIL|RCPT|RSET)/.test(text) || text.endsWith('\r\n.\r\n')) socket.write('250 ok\r\n');
      });
    });
    const mail = delivery({ url, from, deadline: 1_000 });
    await expect(mail.send(message)).rejects.toEqual(failed);
    greets = true;
    await expect(mail.send(message)).resolves.toBeUndefined();
  });
});
