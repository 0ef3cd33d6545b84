import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

type Cbor = number | string | Uint8Array | ReadonlyMap<number | string, Cbor>;

const head = (major: number, value: number): Buffer => {
  if (value < 24) return Buffer.from([(major << 5) | value]);
  if (value < 0x100) return Buffer.from([(major << 5) | 24, value]);
  const long = Buffer.from([(major << 5) | 25, 0, 0]);
  long.writeUInt16BE(value, 1);
  return long;
};

/** The part of CBOR that WebAuthn needs (RFC 8949). */
export const encodeCbor = (value: Cbor): Buffer => {
  if (typeof value === 'number') return value >= 0 ? head(0, value) : head(1, -1 - value);
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value]);
  return Buffer.concat([head(5, value.size), ...[...value].flatMap(([key, one]) => [encodeCbor(key), encodeCbor(one)])]);
};

const flagBits = { up: 0x01, uv: 0x04, be: 0x08, bs: 0x10, at: 0x40 } as const;

/** What a ceremony may do otherwise than a faithful browser and authenticator would. */
export type Tweaks = {
  readonly up?: boolean;
  readonly uv?: boolean;
  readonly be?: boolean;
  readonly bs?: boolean;
  readonly counter?: number;
  readonly rpId?: string;
  readonly origin?: string;
  /** Members laid over the client data; undefined removes one. */
  readonly clientData?: Readonly<Record<string, unknown>>;
  /** In place of the client data's JSON. */
  readonly rawClientData?: Buffer;
  /** Applied to the finished signature. */
  readonly signature?: (signature: Buffer) => Buffer;
  readonly userHandle?: string | null;
  readonly credentialId?: string;
  readonly fmt?: string;
  readonly attStmt?: ReadonlyMap<string, Cbor>;
  /** Format `packed`, signed by the credential itself. */
  readonly selfAttested?: true;
};

type CreationOptions = { readonly challenge: string; readonly rp: { readonly id?: string }; readonly user: { readonly id: string } };
type RequestOptions = { readonly challenge: string; readonly rpId?: string };

const sha256 = (data: string | Uint8Array): Buffer => createHash('sha256').update(data).digest();

const coseKey = (publicKey: KeyObject): Buffer => {
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const entries: readonly [number, Cbor][] = [
    [1, 2],
    [3, -7],
    [-1, 1],
    [-2, Buffer.from(x, 'base64url')],
    [-3, Buffer.from(y, 'base64url')],
  ];
  return encodeCbor(new Map(entries));
};

/**
 * A passkey in software (ES256, attestation none), whose every output can be bent. One authenticator holds one credential; its
 * counter counts unless `counting` is false.
 */
export const createSoftwareAuthenticator = (
  settings: { readonly origin: string; readonly be?: boolean; readonly bs?: boolean; readonly counting?: boolean } & Partial<{
    readonly transports: readonly string[];
  }>,
) => {
  const { origin, be = false, bs = false, counting = true, transports = ['internal'] } = settings;
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const id = randomBytes(32);
  let userHandle: string | undefined;
  let counter = 0;

  const clientData = (type: string, challenge: string, tweaks: Tweaks): Buffer =>
    tweaks.rawClientData ??
    Buffer.from(JSON.stringify({ type, challenge, origin: tweaks.origin ?? origin, crossOrigin: false, ...tweaks.clientData }));

  const authenticatorData = (rpId: string, tweaks: Tweaks, attested?: Buffer): Buffer => {
    if (counting) counter += 1;
    const on = { up: true, uv: true, be, bs, ...Object.fromEntries(Object.entries(tweaks).filter(([, value]) => value !== undefined)) };
    const flags =
      (on.up ? flagBits.up : 0) |
      (on.uv ? flagBits.uv : 0) |
      (on.be ? flagBits.be : 0) |
      (on.bs ? flagBits.bs : 0) |
      (attested ? flagBits.at : 0);
    const count = Buffer.alloc(4);
    count.writeUInt32BE(tweaks.counter ?? counter);
    return Buffer.concat([sha256(tweaks.rpId ?? rpId), Buffer.from([flags]), count, attested ?? Buffer.alloc(0)]);
  };

  const envelope = (tweaks: Tweaks, response: Readonly<Record<string, unknown>>) => {
    const named = tweaks.credentialId ?? id.toString('base64url');
    return { id: named, rawId: named, type: 'public-key', clientExtensionResults: {}, authenticatorAttachment: 'platform', response };
  };

  /** Answers `navigator.credentials.create`, as the browser's `toJSON` would. */
  const create = (options: CreationOptions, tweaks: Tweaks = {}) => {
    userHandle = options.user.id;
    const idLength = Buffer.alloc(2);
    idLength.writeUInt16BE(id.length);
    const attested = Buffer.concat([Buffer.alloc(16), idLength, id, coseKey(publicKey)]);
    const data = authenticatorData(options.rp.id ?? new URL(origin).hostname, tweaks, attested);
    const client = clientData('webauthn.create', options.challenge, tweaks);
    const self = () =>
      new Map<string, Cbor>([
        ['alg', -7],
        ['sig', sign('sha256', Buffer.concat([data, sha256(client)]), privateKey)],
      ]);
    const object = new Map<string, Cbor>([
      ['fmt', tweaks.fmt ?? (tweaks.selfAttested ? 'packed' : 'none')],
      ['attStmt', tweaks.attStmt ?? (tweaks.selfAttested ? self() : new Map())],
      ['authData', data],
    ]);
    return envelope(tweaks, {
      clientDataJSON: client.toString('base64url'),
      attestationObject: encodeCbor(object).toString('base64url'),
      transports,
    });
  };

  /** Answers `navigator.credentials.get`, as the browser's `toJSON` would. */
  const get = (options: RequestOptions, tweaks: Tweaks = {}) => {
    const data = authenticatorData(options.rpId ?? new URL(origin).hostname, tweaks);
    const client = clientData('webauthn.get', options.challenge, tweaks);
    const signature = sign('sha256', Buffer.concat([data, sha256(client)]), privateKey);
    return envelope(tweaks, {
      clientDataJSON: client.toString('base64url'),
      authenticatorData: data.toString('base64url'),
      signature: (tweaks.signature?.(signature) ?? signature).toString('base64url'),
      userHandle: tweaks.userHandle === undefined ? userHandle : tweaks.userHandle,
    });
  };

  return { create, get, credentialId: id.toString('base64url'), publicKey: coseKey(publicKey).toString('base64url') };
};
