import { StepwardError } from '../../core/index.ts';

const refuse = (what: string, must: string): never => {
  throw new StepwardError('invalid_request', `\`${what}\` must be ${must}`, { details: [{ pointer: `/${what}`, expected: must }] });
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const control = /[\u0000-\u001f\u007f-\u009f]/;
const actionPattern = /^[A-Za-z0-9_-]{1,64}$/;
const keyPattern = /^[A-Za-z0-9._~:@-]{1,128}$/;
const onlyDots = /^\.+$/;

/** What a caller's bug makes of a missing id: taken as ids they would merge all its users. */
const standIns: ReadonlySet<string> = new Set(['undefined', 'null', 'NaN', '[object Object]']);

const userIdRule = '1-255 characters, no control characters, and no stand-in such as `undefined`';

/** Whether text can name a user: 1-255 code points, compared as they are, never normalised. */
export const isUserId = (text: string): boolean =>
  text.length > 0 &&
  text.length <= 510 &&
  (text.length <= 255 || [...text].length <= 255) &&
  !standIns.has(text) &&
  !control.test(text) &&
  text.isWellFormed();

export const isAction = (text: string): boolean => actionPattern.test(text);
export const isIdempotencyKey = (text: string): boolean => keyPattern.test(text) && !onlyDots.test(text);
/** Ids that are looked up: of devices, authenticators, rules, lists. */
const isLookedUp = (text: string): boolean => text.length <= 1024 && !control.test(text);

type Kind = { readonly holds: (text: string) => boolean; readonly must: string };

/** Rules of the ids in paths, bodies and queries. */
export const idKinds = {
  userId: { holds: isUserId, must: userIdRule },
  action: { holds: isAction, must: '1-64 of `A-Z a-z 0-9 _ -`' },
  code: { holds: isAction, must: '1-64 of `A-Z a-z 0-9 _ -`' },
  idempotencyKey: { holds: isIdempotencyKey, must: '1-128 of `A-Z a-z 0-9 . _ ~ : @ -`, not dots only' },
} as const satisfies Record<string, Kind>;

const lookedUp: Kind = { holds: isLookedUp, must: 'at most 1024 characters without control characters' };

/** The kind of a path parameter by its name. */
export const idKind = (name: string): Kind => (Object.hasOwn(idKinds, name) ? idKinds[name as keyof typeof idKinds] : lookedUp);

/** Throws `invalid_request` unless the text is what its name must be. */
export const checkId = (name: string, text: string): string => {
  const { holds, must } = idKind(name);
  return holds(text) ? text : refuse(name, must);
};
