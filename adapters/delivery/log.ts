import type { Delivery } from '../../core/ports/delivery.ts';

/** Control characters but the line feed: a log that is read in a terminal must not obey its text. */
const unprintable = /[^\P{Cc}\n]/gu;

/**
 * Creates delivery for development: each message, code included, is written as one readable block. Never use it where logs are
 * kept.
 *
 * @example
 * const delivery = createLogDelivery((block) => process.stdout.write(block));
 */
export const createLogDelivery = (write: (block: string) => void): Delivery => ({
  send: async ({ to, subject, text }) => {
    const lines = [`To: ${to.replaceAll('\n', ' ')}`, `Subject: ${subject.replaceAll('\n', ' ')}`, '', ...text.trimEnd().split('\n')];
    const body = lines.map((line) => `  | ${line}`.trimEnd()).join('\n');
    write(`--- mail (development: not sent) ---\n${body}\n---\n`.replace(unprintable, ''));
  },
});
