import { readCreateSettings, readPreTokenSettings, readVerifySettings } from '../core-settings.ts';
import { createCreate } from '../create-challenge.ts';
import { createDefine } from '../define-challenge.ts';
import { createPreToken } from '../pre-token-generation.ts';
import { createRouter } from '../route.ts';
import { readDefineSettings } from '../settings.ts';
import { createVerify } from '../verify-answer.ts';

const { env } = process;

export const handler = createRouter({
  DefineAuthChallenge: createDefine(readDefineSettings(env)),
  CreateAuthChallenge: createCreate(readCreateSettings(env)),
  VerifyAuthChallengeResponse: createVerify(readVerifySettings(env)),
  TokenGeneration: createPreToken(readPreTokenSettings(env)),
});
