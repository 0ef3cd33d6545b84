import type { IncomingMessage } from 'node:http';

/** Whether the browser only guesses where the person goes next: that must bind no visit and spend nothing. */
export const isPrefetch = ({ headers }: Pick<IncomingMessage, 'headers'>): boolean =>
  [headers['sec-purpose'], headers.purpose].some((purpose) => String(purpose ?? '').includes('prefetch'));
