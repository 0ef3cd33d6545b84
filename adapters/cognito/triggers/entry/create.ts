import { readCreateSettings } from '../core-settings.ts';
import { createCreate } from '../create-challenge.ts';

export const handler = createCreate(readCreateSettings(process.env));
