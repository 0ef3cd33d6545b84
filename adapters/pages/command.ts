import { type VerificationMethod, type VisitCommand, verificationMethods } from '../../core/index.ts';

/** The fields of a posted form; undefined where one comes twice. */
export const parseForm = (body: unknown): ReadonlyMap<string, string> | undefined => {
  if (typeof body !== 'string') return new Map();
  const fields = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(body)) {
    if (fields.has(name)) return undefined;
    fields.set(name, value);
  }
  return fields;
};

type Fields = ReadonlyMap<string, string>;

const methodOf = (fields: Fields): VerificationMethod | undefined => verificationMethods.find((method) => method === fields.get('method'));

const firstDigitOfScript = [0x660, 0x6f0, 0x966] as const;

/** Digits of Arabic, Persian and Devanagari keyboards as ASCII. */
const asciiDigits = (text: string): string =>
  text.replace(/[\u0660-\u0669\u06f0-\u06f9\u0966-\u096f]/g, (digit) => {
    const code = digit.charCodeAt(0);
    const zero = firstDigitOfScript.find((first) => code >= first && code <= first + 9) ?? code;
    return String(code - zero);
  });

/** What was typed, without the spaces and dashes that people and messages put into codes. */
const typedCode = (text: string): string => asciiDigits(text.normalize('NFKC')).replace(/[\s\p{Pd}]/gu, '');

const credential = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const answer = (fields: Fields): VisitCommand | undefined => {
  const challengeId = fields.get('challengeId');
  const code = fields.get('code');
  const json = fields.get('credential');
  if (challengeId === undefined || (code === undefined && json === undefined)) return undefined;
  const response = json === undefined ? typedCode(code ?? '') : credential(json);
  return { do: 'answer', challengeId, response, ...(fields.get('remember') === 'yes' ? { remember: true } : {}) };
};

const withMethod =
  (what: 'choose' | 'enroll') =>
  (fields: Fields): VisitCommand | undefined => {
    const method = methodOf(fields);
    return method === undefined ? undefined : { do: what, method };
  };

const remove = (fields: Fields): VisitCommand | undefined => {
  const userAuthenticatorId = fields.get('userAuthenticatorId');
  return userAuthenticatorId === undefined ? undefined : { do: 'remove', userAuthenticatorId };
};

const withDevice =
  (what: 'forget-device' | 'stop-remembering') =>
  (fields: Fields): VisitCommand | undefined => {
    const deviceId = fields.get('deviceId');
    return deviceId === undefined ? undefined : { do: what, deviceId };
  };

const name = (fields: Fields): VisitCommand | undefined => {
  const userAuthenticatorId = fields.get('userAuthenticatorId');
  const given = fields.get('name');
  return userAuthenticatorId === undefined || given === undefined ? undefined : { do: 'name', userAuthenticatorId, name: given };
};

const readers = {
  choose: withMethod('choose'),
  enroll: withMethod('enroll'),
  answer,
  resend: () => ({ do: 'resend' }),
  back: () => ({ do: 'back' }),
  skip: () => ({ do: 'skip' }),
  'codes-saved': () => ({ do: 'codes-saved' }),
  cancel: () => ({ do: 'cancel' }),
  done: () => ({ do: 'done' }),
  name,
  remove,
  'new-codes': () => ({ do: 'new-codes' }),
  'forget-device': withDevice('forget-device'),
  'stop-remembering': withDevice('stop-remembering'),
  'forget-others': () => ({ do: 'forget-others' }),
} as const satisfies Record<VisitCommand['do'], (fields: Fields) => VisitCommand | undefined>;

/** What a form asks for; undefined for a form that no page of ours has. */
export const parseCommand = (fields: Fields): VisitCommand | undefined => {
  const wanted = fields.get('do');
  if (wanted === undefined || !Object.hasOwn(readers, wanted)) return undefined;
  return readers[wanted as VisitCommand['do']](fields);
};
