/** Claims of the protocol and of our own: they say what was proven here, and no upstream may say it instead. */
const reserved: ReadonlySet<string> = new Set([
  ...[
    'iss',
    'sub',
    'aud',
    'exp',
    'iat',
    'nbf',
    'jti',
    'typ',
    'azp',
    'nonce',
    'sid',
    'events',
    'cnf',
    'act',
    'may_act',
    'sub_jwk',
    'sub_id',
  ],
  ...['acr', 'amr', 'auth_time', 'at_hash', 'c_hash', 's_hash', 'client_id', 'scope', 'active', 'token_type', 'txn', 'toe'],
  ...['authorization_details', 'vot', 'vtm', 'constructor', 'prototype'],
]);

const pattern = /^[A-Za-z][A-Za-z0-9_.:/-]{0,127}$/;

/** What is wrong with the name of a claim that a client is to have from its upstream (`must …`); undefined: nothing. */
export const claimProblem = (name: string): string | undefined => {
  if (!pattern.test(name)) return 'must be a letter and then letters, digits, `_ . : / -`, 128 at most';
  return reserved.has(name) || name.startsWith('stepward_') ? 'must not be a claim of the protocol: those are computed here' : undefined;
};
