import type { Message } from '../ports/delivery.ts';
import type { MessageKey } from './catalogues.ts';
import { escapeHtml, plainText } from './plain-text.ts';
import type { Words } from './words.ts';

/** A part of a mail. Values and rows may come from outside; `link` is an address of ours. */
export type MailBlock =
  | { readonly say: MessageKey; readonly values?: Readonly<Record<string, string>> }
  | { readonly heading: string }
  | { readonly rows: readonly { readonly label: string; readonly value: string }[] }
  | { readonly code: string; readonly label: MessageKey }
  | { readonly link: string; readonly label: MessageKey };

const isolated = (text: string): string => `<bdi>${escapeHtml(text)}</bdi>`;

const filled = (pieces: readonly string[], piece: (text: string) => string, value: (name: string) => string): string =>
  pieces.map((part, index) => (index % 2 === 0 ? piece(part) : value(part))).join('');

const inText = (block: MailBlock, words: Words): readonly string[] => {
  if ('say' in block) return [filled(words.pieces(block.say), String, (name) => plainText(block.values?.[name] ?? ''))];
  if ('heading' in block) return [plainText(block.heading), ''];
  if ('rows' in block) return ['', ...block.rows.map(({ label, value }) => `${plainText(label)}: ${plainText(value)}`), ''];
  if ('code' in block) return ['', `${words.text(block.label)}: ${block.code}`, ''];
  return [block.link];
};

const inHtml = (block: MailBlock, words: Words): string => {
  if ('say' in block)
    return `<p>${filled(words.pieces(block.say), escapeHtml, (name) => isolated(plainText(block.values?.[name] ?? '')))}</p>`;
  if ('heading' in block) return `<p><strong>${isolated(plainText(block.heading))}</strong></p>`;
  if ('rows' in block) {
    const row = ({ label, value }: { readonly label: string; readonly value: string }) =>
      `<tr><th style="text-align:start;padding-inline-end:16px">${isolated(plainText(label))}</th><td>${isolated(plainText(value))}</td></tr>`;
    return `<table style="border-spacing:0">${block.rows.map(row).join('')}</table>`;
  }
  if ('code' in block)
    return `<p>${escapeHtml(words.text(block.label))}:<br><strong dir="ltr" style="font-size:28px;letter-spacing:4px">${escapeHtml(block.code)}</strong></p>`;
  return `<p><a href="${escapeHtml(block.link)}">${escapeHtml(words.text(block.label))}</a></p>`;
};

/**
 * Writes a mail as plain text and as HTML from the same parts. The subject is ours alone: no text from outside and no code, which
 * lock screens would show.
 */
export const mailOf = (words: Words, subjectKey: MessageKey, blocks: readonly MailBlock[]): Pick<Message, 'subject' | 'text' | 'html'> => {
  const { language, dir } = words.locale;
  const subject = words.text(subjectKey);
  const text = `${blocks
    .flatMap((block) => inText(block, words))
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()}\n`;
  const html = [
    `<!doctype html><html lang="${language}" dir="${dir}"><head><meta charset="utf-8"><title>${escapeHtml(subject)}</title></head>`,
    '<body style="font-family:system-ui,sans-serif;font-size:16px;line-height:1.5">',
    ...blocks.map((block) => inHtml(block, words)),
    '</body></html>',
    '',
  ].join('\n');
  return { subject, text, html };
};
