import { actionPath, type Called, callCore, consumePath } from '../../client/short-call.ts';
import type { Settings } from './settings.ts';

// Asks for a decision. Throws for a user id that cannot stand in a path.
export const track = (settings: Settings, userId: string, sent: object): Promise<Called> =>
  callCore(settings, actionPath(userId, settings.action), sent);

// Uses up a finished challenge, once.
export const consume = (settings: Settings, userId: string, action: string, instance: string, sent: object): Promise<Called> =>
  callCore(settings, consumePath(userId, action, instance), sent);
