/** The forms in which a secret may lie about: as it is, without separators, and encoded. */
const formsOf = (secret: string): readonly string[] => {
  const bytes = Buffer.from(secret);
  const plain = secret.replaceAll('-', '');
  return [
    ...new Set([
      secret,
      plain,
      encodeURIComponent(secret),
      bytes.toString('base64').replace(/=+$/, ''),
      bytes.toString('base64url'),
      bytes.toString('hex'),
      JSON.stringify(secret).slice(1, -1),
    ]),
  ];
};

/** A short number is found by itself only: as a part of a longer one it is chance. */
const holds = (text: string, form: string): boolean =>
  /^\d{4,8}$/.test(form) ? new RegExp(`(?<![\\w.])${form}(?![\\w.])`).test(text) : text.toLowerCase().includes(form.toLowerCase());

/** Names of the secrets that a text holds in any form. */
export const crawl = (text: string, secrets: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(secrets)
    .filter(([, secret]) => formsOf(secret).some((form) => holds(text, form)))
    .map(([name]) => name);
