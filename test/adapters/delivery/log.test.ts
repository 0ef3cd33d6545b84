import { describe, expect, it } from 'vitest';
import { createLogDelivery } from '../../../adapters/delivery/log.ts';
import type { Message } from '../../../core/ports/delivery.ts';

const message: Message = {
  channel: 'email',
  to: 'ada@example.org',
  subject: 'Your verification code',
  text: 'Your code: 123456\n\nNobody will ask you for it.\n',
  html: '<p>html</p>',
  sendId: 's',
};

const written = async (changes: Partial<Message> = {}): Promise<readonly string[]> => {
  const blocks: string[] = [];
  await createLogDelivery((block) => blocks.push(block)).send({ ...message, ...changes });
  return blocks;
};

describe('mail in development', () => {
  it('is one readable block with receiver, subject and code', async () => {
    expect(await written()).toEqual([
      [
        '--- mail (development: not sent) ---',
        '  | To: ada@example.org',
        '  | Subject: Your verification code',
        '  |',
        '  | Your code: 123456',
        '  |',
        '  | Nobody will ask you for it.',
        '---',
        '',
      ].join('\n'),
    ]);
  });

  it('cannot leave its block or command the terminal', async () => {
    const [block = ''] = await written({ to: 'a@b.c\n---\nforged', subject: 'x\ny', text: '\u001b[31mred\r\n---\n\u0007' });
    const lines = block.split('\n');
    expect(lines.slice(1, -2).every((line) => line.startsWith('  |'))).toBe(true);
    expect(block.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  });
});
