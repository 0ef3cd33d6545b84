import type { Tweaks } from '../../support/webauthn.ts';

/** One bent output for each check of an assertion (WebAuthn L3 §7.2) that every WebAuthn method has. */
export const assertionNegatives = (origin: string, embedder: string): readonly [string, Tweaks][] => [
  ['client data that is not JSON', { rawClientData: Buffer.from('{"type":') }],
  ['client data that is JSON, but no object', { rawClientData: Buffer.from('null') }],
  ['the type of a registration', { clientData: { type: 'webauthn.create' } }],
  ['no type', { clientData: { type: undefined } }],
  ['another challenge', { clientData: { challenge: Buffer.alloc(48, 1).toString('base64url') } }],
  ['no challenge', { clientData: { challenge: undefined } }],
  ['another origin', { origin: 'https://evil.example.org' }],
  ['an origin that begins like ours', { origin: `${origin}.evil.example` }],
  ['our origin over http', { origin: origin.replace('https', 'http') }],
  ['a frame of a stranger', { clientData: { crossOrigin: true, topOrigin: 'https://evil.example' } }],
  ['a frame of a browser that does not say whose', { clientData: { crossOrigin: true } }],
  ['a top origin without a frame', { clientData: { topOrigin: embedder } }],
  ['a cross-origin flag that is no boolean', { clientData: { crossOrigin: 'false' } }],
  ['another RP id', { rpId: 'evil.example' }],
  ['a subdomain as RP id', { rpId: 'auth.example.org' }],
  ['a user who is not present', { up: false }],
  ['backed up, but not eligible', { bs: true }],
  ['a changed eligibility for backup', { be: true }],
  ['a bad signature', { signature: (made) => Buffer.concat([made.subarray(0, -1), Buffer.from([made.readUInt8(made.length - 1) ^ 1])]) }],
  ['no signature', { signature: () => Buffer.alloc(0) }],
  ['the user handle of another', { userHandle: Buffer.alloc(32, 9).toString('base64url') }],
  ['an empty user handle', { userHandle: '' }],
];

/** The same for a registration (WebAuthn L3 §7.1). */
export const attestationNegatives: readonly [string, Tweaks][] = [
  ['the type of an assertion', { clientData: { type: 'webauthn.get' } }],
  ['another challenge', { clientData: { challenge: Buffer.alloc(48, 1).toString('base64url') } }],
  ['another origin', { origin: 'https://evil.example.org' }],
  ['a frame of a stranger', { clientData: { crossOrigin: true, topOrigin: 'https://evil.example' } }],
  ['a frame of a browser that does not say whose', { clientData: { crossOrigin: true } }],
  ['another RP id', { rpId: 'evil.example' }],
  ['a user who is not present', { up: false }],
  ['backed up, but not eligible', { bs: true }],
  ['an attestation that nobody asked for', { fmt: 'android-key', attStmt: new Map() }],
  ['an unknown attestation', { fmt: 'evil' }],
  ['a statement where there is none', { attStmt: new Map([['x', 1]]) }],
  ['an id that is not that of the key', { credentialId: Buffer.alloc(32).toString('base64url') }],
  ['client data that is not JSON', { rawClientData: Buffer.from('x') }],
];
