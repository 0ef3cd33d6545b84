import type { Leg } from './run.ts';

/** What kind of run this is. */
export type Situation = { readonly flow: 'interactive' | 'silent' | 'refresh' | 'direct'; readonly canRedirect: boolean };

export const situationOf = ({ event, api }: Leg): Situation => {
  const { protocol, prompt } = event.transaction ?? {};
  // a token exchange has no browser either, and a factor asked for there fails
  const canRedirect = api.redirect.canRedirect() === true && protocol !== 'oauth2-token-exchange';
  const isSilent = Array.isArray(prompt) && prompt.includes('none');
  const flow = protocol === 'oauth2-refresh-token' ? 'refresh' : isSilent ? 'silent' : canRedirect ? 'interactive' : 'direct';
  return { flow, canRedirect };
};
