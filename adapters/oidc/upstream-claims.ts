type Claims = Readonly<Record<string, unknown>>;

/** The protocol's own claims (OpenID Connect Core §2, §3.3.2.11, §5.6.2; RFC 7519 §4.1), and a name that objects do not take. */
const protocolClaims: ReadonlySet<string> = new Set([
  ...['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti', 'nonce', 'azp', 'at_hash', 'c_hash', 's_hash', 'auth_time', 'acr', 'amr', 'sid'],
  ...['cnf', 'events', 'session_state', '_claim_names', '_claim_sources', '__proto__'],
]);

/** A claim, and the one that says whether it was verified. */
const verifiable = [
  ['email', 'email_verified'],
  ['phone_number', 'phone_number_verified'],
] as const;

/**
 * Merges what the ID token and userinfo say of a user. The ID token, which is signed, comes first. Nothing is verified but by a
 * real `true` from the source that the value itself is from.
 */
export const mergedClaims = (idToken: Claims, userinfo: Claims): Claims => {
  const merged = new Map(
    [...Object.entries(userinfo), ...Object.entries(idToken)].filter(([name, value]) => !protocolClaims.has(name) && value !== undefined),
  );
  for (const [name, verified] of verifiable) {
    const value = merged.get(name);
    const said = [idToken, userinfo].filter((source) => typeof value === 'string' && source[name] === value).map((one) => one[verified]);
    merged.delete(verified);
    if (said.some((one) => typeof one === 'boolean')) merged.set(verified, said.includes(true) && !said.includes(false));
  }
  return Object.fromEntries(merged);
};

/** Text of this length at most; undefined where it is something else. */
export const textClaim = (value: unknown, longest = 255): string | undefined =>
  typeof value === 'string' && value.length > 0 && value.length <= longest ? value : undefined;

/** The methods that are text (RFC 8176); few. */
export const amrOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((one) => textClaim(one, 64) !== undefined).slice(0, 32) : [];
