/** A mail, ready to go. */
export type Sendable = { readonly to: string; readonly subject: string; readonly text: string };

/** Your own words, by language. The code stays out of the subject: lock screens show it. */
const words = {
  en: { subject: 'Your code for Harbour Bank', code: 'Your code', link: 'Confirm here', warning: 'Nobody will ask you for it.' },
  de: { subject: 'Ihr Code für Harbour Bank', code: 'Ihr Code', link: 'Hier bestätigen', warning: 'Niemand wird Sie danach fragen.' },
} as const;

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Writes the message of an `email.created`: it carries a code or a link. */
export const messageFor = (data: Readonly<Record<string, unknown>>): Sendable => {
  const language = text(data.locale).toLowerCase().startsWith('de') ? 'de' : 'en';
  const { subject, code, link, warning } = words[language];
  const secret = data.url === undefined ? `${code}: ${text(data.code)}` : `${link}: ${text(data.url)}`;
  return { to: text(data.to), subject, text: [secret, '', warning, ''].join('\n') };
};
