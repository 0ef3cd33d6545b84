/** What a person proves with: something known, something held, something he is. */
export type Factor = 'know' | 'have' | 'are';

/** The Authentication Method Reference values of RFC 8176 §2 and the factor that each proves; null: none by itself. */
const amrValues: Readonly<Record<string, Factor | null>> = {
  face: 'are',
  fpt: 'are',
  geo: null,
  hwk: 'have',
  iris: 'are',
  kba: 'know',
  mca: null,
  mfa: null,
  otp: 'have',
  pin: 'know',
  pop: 'have',
  pwd: 'know',
  rba: null,
  retina: 'are',
  sc: 'have',
  sms: 'have',
  swk: 'have',
  tel: 'have',
  user: null,
  vbm: 'are',
  wia: null,
};

/** Whether RFC 8176 has this value. */
export const isAmrValue = (value: string): boolean => Object.hasOwn(amrValues, value);

/** The factor that an `amr` value proves; undefined: none by itself, or no value of RFC 8176. */
export const amrFactor = (value: string): Factor | undefined => (isAmrValue(value) ? (amrValues[value] ?? undefined) : undefined);
