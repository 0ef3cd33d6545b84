import type { PublicKeyCredentialCreationOptionsJSON, PublicKeyCredentialRequestOptionsJSON } from '@simplewebauthn/server';
import type { CeremonyContext } from '../../core/ports/authenticator.ts';
import type { WebauthnKind } from './webauthn.ts';
import { webauthnData } from './webauthn-data.ts';

/** How long the browser lets a person take, and how long an answer is taken. */
export const webauthnLifeMs = 5 * 60_000;

/** COSE: EdDSA, ES256, RS256. */
export const keyAlgorithms = [-8, -7, -257] as const;

const verification = ({ requireUserVerification }: WebauthnKind) => (requireUserVerification ? 'required' : 'discouraged');

const hintsOf = ({ hints }: WebauthnKind) => hints && { hints: [...hints] };

const descriptors = ({ authenticators }: CeremonyContext) =>
  authenticators.flatMap((authenticator) => {
    const data = webauthnData(authenticator);
    if (data === undefined) return [];
    return [
      { id: data.credentialId, type: 'public-key' as const, ...(data.transports.length > 0 && { transports: [...data.transports] }) },
    ];
  });

/** Options of `navigator.credentials.get`; the same for the same challenge, so that a reload can show them again. */
export const requestOptions = (kind: WebauthnKind, rpId: string, challenge: string, context: CeremonyContext) => {
  const allowCredentials = descriptors(context);
  return {
    challenge,
    rpId,
    timeout: webauthnLifeMs,
    userVerification: verification(kind),
    ...hintsOf(kind),
    // Without any (the user is not known yet) the browser offers what it holds for this RP id.
    ...(allowCredentials.length > 0 && { allowCredentials }),
  } satisfies PublicKeyCredentialRequestOptionsJSON;
};

/** Options of `navigator.credentials.create`: the user handle says nothing of the user, the name shown is masked. */
export const creationOptions = (kind: WebauthnKind, rpId: string, challenge: string, context: CeremonyContext) => {
  const id = context.user.webauthnUserId;
  if (id === undefined) throw new TypeError('a WebAuthn credential needs `user.webauthnUserId`');
  return {
    challenge,
    rp: { id: rpId, name: context.applicationName },
    user: { id, name: context.account, displayName: context.account },
    pubKeyCredParams: keyAlgorithms.map((alg) => ({ alg, type: 'public-key' as const })),
    timeout: webauthnLifeMs,
    excludeCredentials: descriptors(context),
    authenticatorSelection: { ...kind.selection, userVerification: verification(kind) },
    ...hintsOf(kind),
    attestation: 'none',
  } satisfies PublicKeyCredentialCreationOptionsJSON;
};
