import type { TrackRequest } from '../request.ts';

const primary = /^\s*([A-Za-z]{2,8})(?=[-_;,.\s]|$)/;

/** Base language, lower case (`pt` of `pt-BR` or `pt-BR,pt;q=0.9`); undefined where there is none. */
export const baseLanguage = (text: string | undefined): string | undefined => {
  const match = text === undefined ? null : primary.exec(text);
  return match?.[1]?.toLowerCase();
};

/** Base language of a request: its `locale`, else the first that the browser accepts. */
export const requestLanguage = (request: TrackRequest): string | undefined =>
  baseLanguage(request.locale) ?? baseLanguage(request.context?.acceptLanguage);
