// A text of 1 to `max` characters; anything else is absent.
export const text = (value: unknown, max = 255): string | undefined =>
  typeof value === 'string' && value.length > 0 && value.length <= max ? value : undefined;

// The short texts in a list; absent where it is none.
export const texts = (value: unknown, most = 50): string[] | undefined =>
  Array.isArray(value) ? value.filter((item) => text(item)).slice(0, most) : undefined;

// A finite number, at most so far from zero; anything else is absent.
export const amount = (value: unknown, most = Number.MAX_SAFE_INTEGER): number | undefined =>
  typeof value === 'number' && Math.abs(value) <= most ? value : undefined;

// Milliseconds of a time as Auth0 writes it, a text or a Date.
export const time = (value: unknown): number | undefined => amount(Date.parse(String(value)));
