// A text of 1 to `max` characters; anything else is absent.
export const text = (value: unknown, max = 255): string | undefined =>
  typeof value === 'string' && value.length > 0 && value.length <= max ? value : undefined;

// A text of this form; anything else is absent.
export const formed = (value: unknown, form: RegExp): string | undefined =>
  typeof value === 'string' && form.test(value) ? value : undefined;

// The members of an object that came as JSON; none where it is no object.
export const membersOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : {};
