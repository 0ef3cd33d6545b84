import { StepwardError } from '../../core/index.ts';
import type { Delivery, Message } from '../../core/ports/delivery.ts';
import { headerText, receiver, sender } from './mail-header.ts';

export type SmtpSettings = {
  /** `smtp://user:password@host:587` (STARTTLS where offered; `?requireTLS=true` insists) or `smtps://host:465`. */
  readonly url: string;
  /** `address` or `Name <address>`. */
  readonly from: string;
  /** Milliseconds one message may take in all, waiting for a connection included. Default 10,000. */
  readonly deadline?: number;
};

export type SmtpDelivery = Delivery & {
  /** Lets messages under way finish and closes idle connections. */
  close(): Promise<void>;
};

const connections = 5;

const checkedUrl = (text: string): string => {
  const protocol = URL.parse(text)?.protocol;
  if (protocol !== 'smtp:' && protocol !== 'smtps:') throw new TypeError('the mail server must be a `smtp:` or `smtps:` URL');
  return text;
};

const openPool = async (url: string, deadline: number) => {
  const { createTransport } = await import('nodemailer');
  return createTransport({
    url,
    pool: true,
    maxConnections: connections,
    connectionTimeout: deadline,
    greetingTimeout: deadline,
    socketTimeout: deadline,
    dnsTimeout: deadline,
    disableFileAccess: true,
    disableUrlAccess: true,
    logger: false,
  });
};

/**
 * Creates delivery over SMTP with a pool of connections; `send` rejects with `delivery_failed` for any failure and no later than
 * the deadline. Nothing of a message is logged.
 *
 * @throws TypeError for a URL that is not SMTP or a sender that is not one address.
 * @example
 * const delivery = createSmtpDelivery({ url: 'smtps://mail.example.org', from: 'Example <no-reply@example.org>' });
 */
export const createSmtpDelivery = ({ url, from: fromText, deadline = 10_000 }: SmtpSettings): SmtpDelivery => {
  const server = checkedUrl(url);
  const from = sender(fromText);
  const domain = from.address.slice(from.address.lastIndexOf('@') + 1);
  let pool: ReturnType<typeof openPool> | undefined;

  const send = async (message: Message): Promise<void> => {
    const mail = {
      from,
      to: receiver(message.to),
      subject: headerText('subject', message.subject),
      text: message.text,
      html: message.html,
      // A repeated send has the same id, so that mail servers and programs can tell.
      messageId: `<${headerText('sendId', message.sendId).replace(/[^A-Za-z0-9._-]/g, '')}@${domain}>`,
      headers: { 'Auto-Submitted': 'auto-generated' },
      signal: AbortSignal.timeout(deadline),
    };
    try {
      pool ??= openPool(server, deadline);
      await (await pool).sendMail(mail);
    } catch (cause) {
      throw new StepwardError('delivery_failed', 'the mail server did not take the message', { cause });
    }
  };

  const close = async (): Promise<void> => {
    (await pool)?.close();
  };

  return { send, close };
};
