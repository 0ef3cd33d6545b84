import { createHash } from 'node:crypto';
import { type Address, compileIntervals, parseCidr, type TimedBlock } from '../../core/index.ts';

/** A list of networks: blocks of addresses and numbers of autonomous systems. */
export type NetworkList = {
  readonly version: string;
  readonly hasAddress: (address: Address) => boolean;
  readonly networks: ReadonlySet<number>;
};

const networkNumber = /^AS(\d{1,10})$/i;

/**
 * Reads lines of one CIDR block, address or `AS…` number each; `#` and `;` begin comments.
 *
 * @throws Error for an empty file or any other line: half a list would say false where it should not.
 */
export const parseNetworkList = (bytes: Buffer): NetworkList => {
  if (bytes.length === 0) throw new Error('the file is empty');
  const blocks: TimedBlock[] = [];
  const networks = new Set<number>();
  for (const [index, line] of bytes.toString('utf8').split('\n').entries()) {
    const entry = line.split(/[#;]/, 1)[0]?.trim() ?? '';
    if (entry === '') continue;
    const number = networkNumber.exec(entry)?.[1];
    if (number !== undefined) {
      networks.add(Number(number));
      continue;
    }
    const block = parseCidr(entry);
    if (block === undefined) throw new Error(`line ${index + 1} is neither a CIDR block nor an AS number`);
    blocks.push({ block, expiresAt: Number.POSITIVE_INFINITY });
  }
  const holds = compileIntervals(blocks);
  return {
    version: createHash('sha256').update(bytes).digest('hex').slice(0, 12),
    hasAddress: (address) => holds(address, 0),
    networks,
  };
};
