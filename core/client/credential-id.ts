const base64url = /^[A-Za-z0-9_-]{1,1400}$/;

/** The id that an untrusted WebAuthn credential names. */
export const credentialIdOf = (credential: unknown): string | undefined => {
  const { id } = (typeof credential === 'object' && credential !== null ? credential : {}) as { readonly id?: unknown };
  return typeof id === 'string' && base64url.test(id) ? id : undefined;
};
