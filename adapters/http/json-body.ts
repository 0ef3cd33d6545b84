import { StepwardError } from '../../core/index.ts';

/** Deepest nesting of arrays and objects, the body itself included. */
export const depthLimit = 20;

const pollution: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

const QUOTE = 34;
const BACKSLASH = 92;

/** Whether brackets outside of strings nest deeper than the limit; one pass, before anything is built. */
const isTooDeep = (text: string): boolean => {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (inString) {
      if (code === BACKSLASH) at += 1;
      else if (code === QUOTE) inString = false;
    } else if (code === QUOTE) inString = true;
    else if (code === 91 || code === 123) {
      depth += 1;
      if (depth > depthLimit) return true;
    } else if (code === 93 || code === 125) depth -= 1;
  }
  return false;
};

/** Text that no store and no log should meet. */
const checkText = (text: string): string => {
  if (text.includes('\0') || !text.isWellFormed())
    throw new StepwardError('invalid_request', 'strings may not hold U+0000 or half of a surrogate pair');
  return text;
};

/** A copy without pollution keys. The depth is bounded by `isTooDeep`. */
const cleaned = (value: unknown): unknown => {
  if (typeof value === 'string') return checkText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(cleaned);
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value)) if (!pollution.has(key)) copy[checkText(key)] = cleaned((value as Record<string, unknown>)[key]);
  return copy;
};

/** Whether a name could be, or an escape could hide, what `cleaned` looks for. */
const mayNeedCleaning = (text: string): boolean =>
  text.includes('\\u') || text.includes('__proto__') || text.includes('constructor') || text.includes('prototype');

/**
 * Parses a request body: an object, nothing (`{}`), never an array or a bare value.
 *
 * @throws StepwardError `invalid_request`.
 */
export const parseJsonObject = (text: string): Readonly<Record<string, unknown>> => {
  if (text === '' || text === '{}' || text.trim() === '') return {};
  if (isTooDeep(text)) throw new StepwardError('invalid_request', `the body must not nest deeper than ${depthLimit}`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new StepwardError('invalid_request', 'the body is not valid JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new StepwardError('invalid_request', 'the body must be a JSON object');
  return (mayNeedCleaning(text) ? cleaned(value) : value) as Readonly<Record<string, unknown>>;
};
