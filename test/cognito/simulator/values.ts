import { invalid } from './errors.ts';
import type { Json, Strings } from './options.ts';

export const isRecord = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A string member that must be there. */
export const text = (parameters: Json, name: string): string => {
  const value = parameters[name];
  if (typeof value !== 'string' || value === '') throw invalid(`Missing required parameter ${name}`);
  return value;
};

export const optionalText = (parameters: Json, name: string): string | undefined =>
  typeof parameters[name] === 'string' ? parameters[name] : undefined;

/** A map of strings, empty where it is absent. */
export const strings = (parameters: Json, name: string): Strings => {
  const value = parameters[name] ?? {};
  if (!isRecord(value) || !Object.values(value).every((one) => typeof one === 'string' || one === null))
    throw invalid(`1 validation error detected: ${name} must be a map of strings`);
  return value as Strings;
};

/** A list of strings; `undefined` where it is absent. */
export const list = (parameters: Json, name: string): readonly string[] | undefined => {
  const value = parameters[name] ?? undefined;
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) throw invalid(`1 validation error detected: ${name} must be a list`);
  return value as readonly string[];
};

/** `[{Name, Value}]` as a map. */
export const attributesIn = (parameters: Json, name: string): Strings => {
  const given = (parameters[name] ?? []) as readonly { readonly Name: string; readonly Value?: string }[];
  return Object.fromEntries(given.map(({ Name, Value = '' }) => [Name, Value]));
};

export const attributeList = (attributes: Strings) => Object.entries(attributes).map(([Name, Value]) => ({ Name, Value }));
