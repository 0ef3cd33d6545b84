import type { Handler } from './event.ts';
import { Refusal } from './refusal.ts';
import { membersOf } from './values.ts';

/** One function for all triggers: each event goes to the one whose name its source begins with. */
export const createRouter = (handlers: Readonly<Record<string, Handler>>): Handler => {
  const byName = new Map(Object.entries(handlers));
  return async (event, context) => {
    const [name = ''] = String(membersOf(event).triggerSource).split('_');
    const handler = byName.get(name);
    if (!handler) throw new Refusal('unavailable', { ref: 'event' });
    return handler(event, context);
  };
};
