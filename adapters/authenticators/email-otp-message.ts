import type { CeremonyContext } from '../../core/ports/authenticator.ts';
import type { Message } from '../../core/ports/delivery.ts';
import { displayText, formattingLocale } from './display-text.ts';
import { wordsFor } from './email-otp-words.ts';
import { escapeHtml, plainText } from './plain-text.ts';

const minuteMs = 60_000;

const fill = (pattern: string, values: Readonly<Record<string, string>>): string =>
  pattern.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '');

/**
 * Writes the message that carries a code: application, action, what is approved, the code, and no link. The subject is ours
 * alone: no text from outside and no code, which lock screens would show.
 */
export const emailOtpMessage = (context: CeremonyContext, to: string, code: string, lifeMs: number): Message => {
  const locale = formattingLocale(context.locale);
  const { language, direction, words } = wordsFor(locale);
  const items = displayText(context.display, locale);
  const values = {
    application: plainText(context.applicationName),
    action: plainText(context.action),
    minutes: String(Math.floor(lifeMs / minuteMs)),
  };
  const isolated = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, `<bdi>${escapeHtml(value)}</bdi>`]));
  const closing = [fill(words.validity, values), words.secrecy, words.unexpected];

  const text = [
    fill(words.request, values),
    ...(items.length === 0 ? [] : ['', ...items.map(({ label, value }) => `${label}: ${value}`)]),
    '',
    `${words.code}: ${code}`,
    '',
    ...closing,
    '',
  ].join('\n');

  const rows = items.map(
    ({ label, value }) =>
      `<tr><th style="text-align:start;padding-inline-end:16px"><bdi>${escapeHtml(label)}</bdi></th><td><bdi>${escapeHtml(value)}</bdi></td></tr>`,
  );
  const html = [
    `<!doctype html><html lang="${language}" dir="${direction}"><head><meta charset="utf-8"><title>${escapeHtml(words.subject)}</title></head>`,
    '<body style="font-family:system-ui,sans-serif;font-size:16px;line-height:1.5">',
    `<p>${fill(escapeHtml(words.request), isolated)}</p>`,
    ...(rows.length === 0 ? [] : [`<table style="border-spacing:0">${rows.join('')}</table>`]),
    `<p>${escapeHtml(words.code)}:<br><strong dir="ltr" style="font-size:28px;letter-spacing:4px">${code}</strong></p>`,
    ...closing.map((line) => `<p>${escapeHtml(line)}</p>`),
    '</body></html>',
    '',
  ].join('\n');

  return { channel: 'email', to, subject: words.subject, text, html, sendId: context.challengeId };
};
