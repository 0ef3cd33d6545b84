import { createDefine } from '../define-challenge.ts';
import { readDefineSettings } from '../settings.ts';

export const handler = createDefine(readDefineSettings(process.env));
