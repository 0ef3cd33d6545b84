import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server';
import { membersOf, textOf } from './members.ts';

const knownTransports: ReadonlySet<string> = new Set(['ble', 'cable', 'hybrid', 'internal', 'nfc', 'smart-card', 'usb']);

const fromJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const credentialMembers = (response: unknown) => {
  const members = membersOf(typeof response === 'string' ? fromJson(response) : response);
  const id = textOf(members.id);
  const inner = membersOf(members.response);
  const clientDataJSON = textOf(inner.clientDataJSON);
  if (id === undefined || id !== members.rawId || members.type !== 'public-key' || clientDataJSON === undefined) return undefined;
  return { id, clientDataJSON, inner };
};

/** Reads an untrusted answer of `navigator.credentials.get`, as an object or its JSON; undefined for anything else. */
export const readAssertion = (response: unknown): AuthenticationResponseJSON | undefined => {
  const members = credentialMembers(response);
  if (members === undefined) return undefined;
  const { id, clientDataJSON, inner } = members;
  const { authenticatorData, signature, userHandle } = inner;
  if (typeof authenticatorData !== 'string' || typeof signature !== 'string') return undefined;
  if (userHandle !== undefined && userHandle !== null && typeof userHandle !== 'string') return undefined;
  const answer = { clientDataJSON, authenticatorData, signature, userHandle: userHandle ?? undefined };
  return { id, rawId: id, type: 'public-key', clientExtensionResults: {}, response: answer };
};

/** Reads an untrusted answer of `navigator.credentials.create`, as an object or its JSON; undefined for anything else. */
export const readAttestation = (response: unknown): RegistrationResponseJSON | undefined => {
  const members = credentialMembers(response);
  if (members === undefined) return undefined;
  const { id, clientDataJSON, inner } = members;
  const { attestationObject, transports } = inner;
  if (typeof attestationObject !== 'string') return undefined;
  const known = Array.isArray(transports) ? [...new Set(transports.filter((one) => knownTransports.has(one)))] : [];
  const answer = { clientDataJSON, attestationObject, transports: known };
  return { id, rawId: id, type: 'public-key', clientExtensionResults: {}, response: answer };
};

const clientData = (clientDataJSON: string) => membersOf(fromJson(new TextDecoder().decode(Buffer.from(clientDataJSON, 'base64url'))));

/** The origin that client data name; whether they are signed, the verification says. */
export const originOf = (clientDataJSON: string): string | undefined => textOf(clientData(clientDataJSON).origin);

/** The origin of the page that framed the ceremony, where the browser names it. */
export const topOriginOf = (clientDataJSON: string): string | undefined => textOf(clientData(clientDataJSON).topOrigin);

/**
 * Whether the ceremony ran where it may (WebAuthn L3 §7.1, §7.2): at top level, or framed by an embedder; `isEmbedder`
 * absent: it may not be framed. A browser that does not name the top origin is believed: nobody else can show us in a frame.
 */
export const isExpectedFrame = (clientDataJSON: string, isEmbedder: ((origin: string) => boolean) | undefined): boolean => {
  const { crossOrigin, topOrigin } = clientData(clientDataJSON);
  if (crossOrigin !== undefined && typeof crossOrigin !== 'boolean') return false;
  if (crossOrigin !== true) return topOrigin === undefined;
  if (isEmbedder === undefined) return false;
  return topOrigin === undefined || (typeof topOrigin === 'string' && isEmbedder(topOrigin));
};
