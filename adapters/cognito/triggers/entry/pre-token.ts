import { readPreTokenSettings } from '../core-settings.ts';
import { createPreToken } from '../pre-token-generation.ts';

export const handler = createPreToken(readPreTokenSettings(process.env));
