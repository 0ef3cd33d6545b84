import { type Core, createCore } from './core.ts';
import type { PreTokenSettings } from './core-settings.ts';
import type { Handler } from './event.ts';
import { gates, type Source, unchanged } from './gates.ts';
import { createTrigger } from './trigger.ts';

const sources = /^TokenGeneration_(HostedAuth|Authentication|NewPasswordChallenge|AuthenticateDevice|RefreshTokens|ClientCredentials)$/;

/** PreTokenGeneration: the last word before tokens, however a sign-in went. Clients without a user, and excepted ones, pass. */
export const createPreToken = (settings: PreTokenSettings, core: Core = createCore(settings)): Handler =>
  createTrigger('pre-token', sources, settings, (given) => {
    const { triggerSource, callerContext } = given.event;
    const source = triggerSource.slice('TokenGeneration_'.length);
    if (source === 'ClientCredentials') return unchanged(given, 'no-user');
    if (settings.except.has(callerContext.clientId)) return unchanged(given, 'excepted');
    return gates[settings.gate]({ ...given, core }, source as Source);
  });
