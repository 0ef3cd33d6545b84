/** `published`: in the key set, signs nothing yet. `retired`: signs no more, what it signed is still verified. */
export type ProviderKeyState = 'signing' | 'retired' | 'published';

/** A key of the OpenID provider as operators see it. */
export type ProviderKey = {
  /** Its thumbprint (RFC 7638). */
  readonly kid: string;
  readonly alg: 'ES256' | 'RS256';
  readonly state: ProviderKeyState;
  /** Milliseconds: when it came into this state. */
  readonly since: number;
  /** Milliseconds: not before that it signs, or goes. */
  readonly until?: number;
};

/** One step of a rotation. `create` is of the first start. */
export type RotationStep = 'create' | 'publish' | 'sign' | 'remove';

export type Rotation = {
  /** The step that this call did; absent: none was due. */
  readonly done?: RotationStep;
  readonly next: { readonly step: RotationStep /** Milliseconds. */; readonly at: number };
  readonly keys: readonly ProviderKey[];
};

/** The keys that the OpenID provider signs with. */
export interface ProviderKeys {
  list(): Promise<Rotation>;
  /** Does the step that is due, if any. `publishedFor`: milliseconds that new keys are published before they sign, an hour at least. */
  rotate(actor: string, publishedFor?: number): Promise<Rotation>;
}
