/** Why nothing came back. `target`: its address may not be called; `network`: no connection, no TLS, no answer. */
export type EgressFailure = 'target' | 'network' | 'timeout';

export type EgressCall = {
  readonly url: string;
  readonly method: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Bytes of the answer's body; what is longer is cut off. */
  readonly mostRead: number;
  readonly signal?: AbortSignal;
};

export type EgressAnswer =
  | {
      readonly ok: true;
      /** Any, a redirect's among them: none is followed. */
      readonly status: number;
      readonly headers: Readonly<Record<string, readonly string[]>>;
      readonly body: Uint8Array<ArrayBuffer>;
      /** There was more than `mostRead`. */
      readonly cut: boolean;
    }
  | { readonly ok: false; readonly reason: EgressFailure };

/** Calls servers that somebody else has named: webhooks, identity providers, what those name in turn. */
export interface Egress {
  /** What is wrong with a URL before any name is resolved (`must …`); undefined: nothing. */
  refusal(url: string): string | undefined;
  /** Never rejects, and takes five seconds at most. */
  call(call: EgressCall): Promise<EgressAnswer>;
}
