export interface Random {
  /** Cryptographically secure bytes. */
  bytes(length: number): Uint8Array;
  /** UUIDv7 (RFC 9562) of this time. */
  uuid(now: number): string;
}
