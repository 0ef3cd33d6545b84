/** 128 random bits in hexadecimal; unlike `randomUUID` there is this without TLS, too. */
export const randomId = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
