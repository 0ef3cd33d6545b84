import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Failure } from '../failure.ts';

/** Beside the compiled command, and where `npm run build` puts it when this runs from source. */
const places = ['../../../auth0/stepward.js', '../../../dist/auth0/stepward.js'].map((path) => resolve(import.meta.dirname, path));

/** The Action, as it is pasted into Auth0. Throws `Failure` where it was not built. */
export const actionFile = (): string => {
  const place = places.find((path) => existsSync(path));
  if (place === undefined) throw new Failure(1, 'the Action is not built: run `npm run build` first');
  return readFileSync(place, 'utf8');
};
