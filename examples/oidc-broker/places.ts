/** Where everything is, as the settings of the applications say it. */
export const usualPlaces = {
  identityProvider: 'http://127.0.0.1:4000',
  stepward: 'http://localhost:8787',
  shop: 'http://localhost:3000',
  shopBefore: 'http://127.0.0.1:3001',
  page: 'http://localhost:3002',
  pageBefore: 'http://127.0.0.1:3003',
} as const;

export type Places = Readonly<Record<keyof typeof usualPlaces, string>>;

/** The text of a settings file for where everything is now. */
export const placed = (text: string, places: Places): string =>
  (Object.keys(usualPlaces) as (keyof Places)[]).reduce((done, name) => done.replaceAll(usualPlaces[name], places[name]), text);
