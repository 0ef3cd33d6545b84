import type { CeremonyContext, Refused, Verified } from '../../core/ports/authenticator.ts';
import { counterAdvances, isKindKnown, type WebauthnData, webauthnAmr, webauthnData } from './webauthn-data.ts';
import { keyAlgorithms } from './webauthn-options.ts';
import { isExpectedFrame, originOf, readAssertion, readAttestation, topOriginOf } from './webauthn-response.ts';

type Expected = {
  readonly rpId: string;
  readonly origins: readonly string[];
  readonly isEmbedder: ((origin: string) => boolean) | undefined;
  readonly requireUserVerification: boolean;
  readonly challenge: string;
  readonly context: CeremonyContext;
  readonly response: unknown;
};

/** What a verified assertion says of its credential, for the last look. */
export type WebauthnEvidence = Pick<WebauthnData, 'counter' | 'backedUp' | 'deviceType' | 'userHandle'> & { readonly challengeId: string };

const maxCredentialIdBytes = 1023;
/** Asked for none, browsers send none or a self attestation. Other formats would make the library look up certificates. */
const attestationFormats: ReadonlySet<string> = new Set(['none', 'packed']);

const invalid = (events?: readonly string[]): Refused => ({ ok: false, reason: 'invalid_credential', events });

/** Loaded when the first ceremony needs it: it weighs 20 MB. */
const library = () => import('@simplewebauthn/server');

const orUndefined = async <T>(run: () => Promise<T>): Promise<T | undefined> => {
  try {
    return await run();
  } catch {
    // The library reports every failed check by throwing; all of them are one refusal.
    return undefined;
  }
};

/** Our own origins, and the one that is named where it may run this ceremony. */
const originsFor = ({ origins, context }: Expected, clientDataJSON: string): string[] => {
  const origin = originOf(clientDataJSON);
  return origin !== undefined && context.acceptsOrigin?.(origin) ? [...origins, origin] : [...origins];
};

/** Verifies an assertion (WebAuthn L3 §7.2); `unknown_credential` says no more than that it is none of this user's. */
export const verifyAssertion = async (expected: Expected & { readonly needsUserHandle: boolean }): Promise<Verified | Refused> => {
  const { rpId, requireUserVerification, challenge, context } = expected;
  const response = readAssertion(expected.response);
  if (response === undefined) return invalid();

  const authenticator = context.authenticators.find((one) => webauthnData(one)?.credentialId === response.id);
  const data = authenticator === undefined ? undefined : webauthnData(authenticator);
  if (authenticator === undefined || data === undefined) return { ok: false, reason: 'unknown_credential' };

  const { userHandle, clientDataJSON } = response.response;
  const isOwnHandle = userHandle === undefined ? !expected.needsUserHandle : userHandle === (data.userHandle ?? userHandle);
  if (!isOwnHandle) return invalid();
  if (!isExpectedFrame(clientDataJSON, context.inFrame ? expected.isEmbedder : undefined)) return invalid();
  const topOrigin = topOriginOf(clientDataJSON);

  const result = await orUndefined(async () => {
    const { verifyAuthenticationResponse } = await library();
    return verifyAuthenticationResponse({
      response,
      expectedChallenge: challenge,
      expectedOrigin: originsFor(expected, response.response.clientDataJSON),
      expectedRPID: rpId,
      ...(topOrigin !== undefined && { expectedTopOrigin: topOrigin }),
      requireUserVerification,
      // The counter is compared below, so that only a rightly signed regression raises its event.
      credential: { id: data.credentialId, publicKey: new Uint8Array(Buffer.from(data.publicKey, 'base64url')), counter: 0 },
    });
  });
  if (result?.verified !== true) return invalid();

  const { newCounter: counter, credentialDeviceType: deviceType, credentialBackedUp: backedUp, userVerified } = result.authenticationInfo;
  if (requireUserVerification && !userVerified) return invalid();
  const known = isKindKnown(data);
  if (known && deviceType !== data.deviceType) return invalid();
  if (!counterAdvances(data.counter, counter)) return invalid(['authn_counter_regression']);
  return {
    ok: true,
    userAuthenticatorId: authenticator.userAuthenticatorId,
    evidence: {
      counter,
      backedUp,
      deviceType,
      userHandle: data.userHandle ?? userHandle,
      challengeId: context.challengeId,
    } satisfies WebauthnEvidence,
    ...(known && backedUp !== data.backedUp && { events: ['authn_backup_state_changed'] }),
    amr: webauthnAmr({ deviceType, userVerified }),
  };
};

/** Verifies a registration (WebAuthn L3 §7.1) and gives what is stored; undefined when any check fails. */
export const verifyAttestation = async (expected: Expected): Promise<WebauthnData | undefined> => {
  const { rpId, requireUserVerification, challenge, context } = expected;
  const response = readAttestation(expected.response);
  const isEmbedder = context.inFrame ? expected.isEmbedder : undefined;
  if (response === undefined || !isExpectedFrame(response.response.clientDataJSON, isEmbedder)) return undefined;

  const info = await orUndefined(async () => {
    const { decodeAttestationObject } = await import('@simplewebauthn/server/helpers');
    const object = decodeAttestationObject(new Uint8Array(Buffer.from(response.response.attestationObject, 'base64url')));
    if (!attestationFormats.has(object.get('fmt'))) return undefined;
    const { verifyRegistrationResponse } = await library();
    const result = await verifyRegistrationResponse({
      response,
      expectedChallenge: challenge,
      expectedOrigin: originsFor(expected, response.response.clientDataJSON),
      expectedRPID: rpId,
      requireUserVerification,
      supportedAlgorithmIDs: [...keyAlgorithms],
    });
    return result.verified ? result.registrationInfo : undefined;
  });
  if (info === undefined || (requireUserVerification && !info.userVerified)) return undefined;

  const { credential, credentialDeviceType: deviceType, credentialBackedUp: backedUp, aaguid, userVerified } = info;
  if (credential.id !== response.id || Buffer.from(credential.id, 'base64url').length > maxCredentialIdBytes) return undefined;
  // one credential stands for one method: enrolled as another it would count twice
  if (context.user.authenticators.some((one) => webauthnData(one)?.credentialId === credential.id)) return undefined;
  return {
    credentialId: credential.id,
    publicKey: Buffer.from(credential.publicKey).toString('base64url'),
    counter: credential.counter,
    transports: credential.transports ?? [],
    deviceType,
    backedUp,
    aaguid,
    userVerified,
    userHandle: context.user.webauthnUserId,
  };
};
