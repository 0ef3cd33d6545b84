import { StepwardError } from '../errors.ts';
import { type Catalogue, catalogues, defaultLanguage, languages, type MessageKey, type MessageText } from '../messages/catalogues.ts';
import { plainLine } from '../messages/plain-line.ts';
import type { MessageOverrides } from '../messages/words.ts';
import { nearestName } from '../rules/nearest.ts';
import type { ManagementPorts } from './ports.ts';

/** Texts by locale, by id, as a caller sends them. */
export type MessageOverridesInput = Readonly<Record<string, Readonly<Record<string, string>>>>;

export type MessageOverridesAnswer = { readonly messageOverrides: MessageOverrides };

/** Longest text in characters. */
const longest = 400;
const placeholder = /\{(\w+)\}/g;

const refuse = (path: readonly string[], expected: string, got: unknown, hint?: string): never => {
  const pointer = ['messageOverrides', ...path].map((part) => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
  throw new StepwardError('invalid_configuration', `\`${pointer}\` must be ${expected}${hint ? `; did you mean \`${hint}\`` : ''}`, {
    details: [{ pointer, expected, got, ...(hint && { hint }) }],
  });
};

const formsOf = (message: MessageText): readonly string[] => (typeof message === 'string' ? [message] : Object.values(message));

const placeholdersIn = (text: string): readonly string[] =>
  [...new Set(Array.from(text.matchAll(placeholder), ([, name = '']) => name))].toSorted();

/** The placeholders of a message; of one with plural forms, those of its fullest. */
const placeholdersOf = (key: MessageKey): readonly string[] =>
  formsOf(catalogues[defaultLanguage][key])
    .map(placeholdersIn)
    .reduce((most, each) => (each.length > most.length ? each : most), []);

const isKey = (id: string): id is MessageKey => Object.hasOwn(catalogues[defaultLanguage], id);
const isLanguage = (locale: string): locale is keyof MessageOverrides => languages.some((known) => known === locale);

const checkText = (path: readonly string[], key: MessageKey, text: string): void => {
  if (text.trim() === '') refuse(path, 'a text, or absent', text);
  if ([...text].length > longest) refuse(path, `at most ${longest} characters`, [...text].length);
  if (!plainLine(text)) refuse(path, 'one line of plain text, without markup, addresses, control or direction marks', text);
  const wanted = placeholdersOf(key);
  const given = placeholdersIn(text);
  const named = wanted.length === 0 ? 'a text without placeholders' : `a text with ${wanted.map((name) => `\`{${name}}\``).join(', ')}`;
  if (given.join() !== wanted.join()) refuse(path, named, text);
  if (/[{}]/.test(text.replace(placeholder, ''))) refuse(path, `${named} and no other brace`, text);
};

/** Throws `invalid_configuration`, naming the place, for what cannot stand on a page. */
const checked = (input: MessageOverridesInput): MessageOverrides => {
  for (const [locale, texts] of Object.entries(input)) {
    if (!isLanguage(locale)) refuse([locale], `one of ${languages.map((known) => `\`${known}\``).join(', ')}`, locale);
    for (const [id, text] of Object.entries(texts)) {
      if (!isKey(id)) {
        const known = Object.keys(catalogues[defaultLanguage]);
        return refuse(
          [locale, id],
          'the id of a message, as `/v1/management/message-overrides/catalog` lists them',
          id,
          nearestName(id, known),
        );
      }
      checkText([locale, id], id, text);
    }
  }
  return Object.fromEntries(Object.entries(input).filter(([, texts]) => Object.keys(texts).length > 0)) as MessageOverrides;
};

/** Those of `overrides` that `others` has not or has otherwise: the audit log keeps what changed. */
const different = (overrides: MessageOverrides, others: MessageOverrides): MessageOverrides =>
  Object.fromEntries(
    languages.flatMap((language) => {
      const texts = Object.entries(overrides[language] ?? {}).filter(([id, text]) => others[language]?.[id as MessageKey] !== text);
      return texts.length === 0 ? [] : [[language, Object.fromEntries(texts)]];
    }),
  );

/** What stands in place of our texts. */
export const getMessageOverrides = async ({ policies }: ManagementPorts): Promise<MessageOverridesAnswer> => ({
  messageOverrides: (await policies.fresh()).messageOverrides,
});

/** Every text that can be put in place of ours, by locale, as it is without overrides. */
export const getMessageCatalog = async (_: ManagementPorts): Promise<{ readonly catalog: Readonly<Record<string, Catalogue>> }> => ({
  catalog: catalogues,
});

/**
 * Replaces all overrides at once; `null` takes them back. They are plain text with the placeholders of the text that they replace.
 *
 * @throws StepwardError `invalid_configuration` for an unknown locale or id and a text that cannot stand in its place.
 */
export const updateMessageOverrides = async (
  { policies, tenantId }: ManagementPorts,
  actor: string,
  input: { readonly messageOverrides?: MessageOverridesInput | null },
): Promise<MessageOverridesAnswer> => {
  if (input.messageOverrides === undefined) return { messageOverrides: (await policies.fresh()).messageOverrides };
  const after = checked(input.messageOverrides ?? {});
  return policies.change(({ messageOverrides: before }) => ({
    put: [{ kind: 'message-overrides', id: 'message-overrides', body: after }],
    audit: [
      {
        actor,
        what: 'message-overrides.updated',
        subject: tenantId,
        detail: { before: different(before, after), after: different(after, before) },
      },
    ],
    answer: { messageOverrides: after },
  }));
};
