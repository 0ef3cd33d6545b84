import type { Tried } from '../ports/webhook-queue.ts';
import type { WebhookAnswer } from '../ports/webhook-sender.ts';

const minute = 60_000;
const hour = 60 * minute;

/** Waits after the first, second … try: 22.7 hours in all, and with all jitter less than 24. */
const waits = [minute / 2, 2 * minute, 10 * minute, 30 * minute, 2 * hour, 6 * hour, 14 * hour] as const;

/** How often a delivery is tried. */
export const mostDeliveryTries = waits.length + 1;

/** A wait between nine tenths and 1.05 of the regular one, so that what failed together does not come back together. */
const jittered = (wait: number, randomByte: number): number => Math.round(wait * (0.9 + (0.15 * randomByte) / 255));

/** What comes after a try: done, a later one, or the end. */
export const afterTry = (tries: number, answer: WebhookAnswer, now: number, randomByte: number): Tried => {
  const { status } = answer;
  if (answer.ok) return { state: 'delivered', dueAt: now, at: now, status };
  const wait = waits[tries - 1];
  const last = { at: now, status, reason: answer.reason };
  return wait === undefined
    ? { state: 'dead', dueAt: now, ...last }
    : { state: 'pending', dueAt: now + jittered(wait, randomByte), ...last };
};
