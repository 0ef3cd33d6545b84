import { readVerifySettings } from '../core-settings.ts';
import { createVerify } from '../verify-answer.ts';

export const handler = createVerify(readVerifySettings(process.env));
