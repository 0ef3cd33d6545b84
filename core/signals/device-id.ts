const allowed = /^[A-Za-z0-9_.:-]{16,128}$/;

/**
 * Says whether a device id can stand for one device: 16 to 128 characters of `[A-Za-z0-9_.:-]` and no stand-in such as
 * `undefined`, one repeated character or the all-zero UUID.
 */
export const isUsableDeviceId = (id: unknown): id is string => typeof id === 'string' && allowed.test(id) && !isStandIn(id);

/** Without separators nothing is left, or one character again and again. */
const isStandIn = (id: string): boolean => {
  let first = '';
  for (const character of id) {
    if ('_.:-'.includes(character)) continue;
    if (first === '') first = character;
    else if (character !== first) return false;
  }
  return true;
};
