/** Writes small databases in the MaxMind DB format 2.0 (https://maxmind.github.io/MaxMind-DB/): enough for samples and tests. */

export type Value = string | number | { readonly double: number } | { readonly [key: string]: Value } | readonly Value[];
export type Network = { readonly cidr: string; readonly record: { readonly [key: string]: Value } };
export type Metadata = { readonly databaseType: string; readonly buildEpochSeconds: number; readonly ipVersion?: 4 | 6 };

type Node = { zero?: Node | Leaf; one?: Node | Leaf };
type Leaf = { readonly offset: number };

const separator = Buffer.alloc(16);
const metadataMarker = Buffer.from('abcdef4d61784d696e642e636f6d', 'hex');

/** The file's bytes. Networks may not overlap. */
export const writeMmdb = (networks: readonly Network[], { databaseType, buildEpochSeconds, ipVersion = 6 }: Metadata): Buffer => {
  const root: Node = {};
  const data: Buffer[] = [];
  let offset = 0;
  for (const { cidr, record } of networks) {
    const encoded = encode(record);
    insert(root, bitsOf(cidr, ipVersion), { offset });
    data.push(encoded);
    offset += encoded.length;
  }
  const nodes = numbered(root);
  const tree = Buffer.alloc(nodes.length * 8);
  const numbers = new Map(nodes.map((node, index) => [node, index]));
  const recordOf = (child: Node | Leaf | undefined): number => {
    if (child === undefined) return nodes.length;
    return 'offset' in child ? nodes.length + separator.length + child.offset : (numbers.get(child) ?? nodes.length);
  };
  for (const [index, { zero, one }] of nodes.entries()) {
    tree.writeUInt32BE(recordOf(zero), index * 8);
    tree.writeUInt32BE(recordOf(one), index * 8 + 4);
  }
  const metadata = encode({
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: buildEpochSeconds,
    database_type: databaseType,
    description: { en: 'Sample data for tests' },
    ip_version: ipVersion,
    languages: ['en'],
    node_count: nodes.length,
    record_size: 32,
  });
  return Buffer.concat([tree, separator, ...data, metadataMarker, metadata]);
};

const bitsOf = (cidr: string, ipVersion: 4 | 6): readonly number[] => {
  const [address = '', prefix = ''] = cidr.split('/');
  const isV4 = !address.includes(':');
  const bytes = isV4 ? address.split('.').map(Number) : groupsOf(address).flatMap((group) => [group >> 8, group & 255]);
  const bits = bytes.flatMap((byte) => [7, 6, 5, 4, 3, 2, 1, 0].map((shift) => (byte >> shift) & 1)).slice(0, Number(prefix));
  return isV4 && ipVersion === 6 ? [...new Array<number>(96).fill(0), ...bits] : bits;
};

const groupsOf = (address: string): readonly number[] => {
  const [head = '', tail = ''] = address.split('::');
  const parse = (part: string): number[] => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16)));
  const [left, right] = [parse(head), parse(tail)];
  return [...left, ...new Array<number>(8 - left.length - right.length).fill(0), ...right];
};

const insert = (root: Node, bits: readonly number[], leaf: Leaf): void => {
  let node = root;
  for (const bit of bits.slice(0, -1)) {
    const side = bit === 1 ? 'one' : 'zero';
    const child = node[side] ?? {};
    if ('offset' in child) throw new Error('networks overlap');
    node[side] = child;
    node = child;
  }
  node[bits.at(-1) === 1 ? 'one' : 'zero'] = leaf;
};

const numbered = (root: Node): readonly Node[] => {
  const nodes = [root];
  for (const { zero, one } of nodes) {
    for (const child of [zero, one]) if (child !== undefined && !('offset' in child)) nodes.push(child);
  }
  return nodes;
};

const types = { string: 2, double: 3, unsigned: 6, map: 7, array: 11 } as const;

/** Control byte or bytes: type in the upper three bits (extended types: 0 and a byte), size below. */
const control = (type: keyof typeof types, size: number): Buffer => {
  const number = types[type];
  const extended = number > 7;
  const first = (extended ? 0 : number) << 5;
  const sizes = size < 29 ? [first | size] : [first | 29, size - 29];
  if (size >= 29 + 256) throw new Error('value is too long for this writer');
  return Buffer.from(extended ? [...sizes.slice(0, 1), number - 7, ...sizes.slice(1)] : sizes);
};

const encode = (value: Value): Buffer => {
  if (typeof value === 'string') {
    const bytes = Buffer.from(value, 'utf8');
    return Buffer.concat([control('string', bytes.length), bytes]);
  }
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return Buffer.concat([control('unsigned', 4), bytes]);
  }
  if (Array.isArray(value)) return Buffer.concat([control('array', value.length), ...value.map(encode)]);
  if ('double' in value && typeof value.double === 'number') {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleBE(value.double);
    return Buffer.concat([control('double', 8), bytes]);
  }
  const entries = Object.entries(value as { readonly [key: string]: Value });
  return Buffer.concat([control('map', entries.length), ...entries.flatMap(([key, item]) => [encode(key), encode(item)])]);
};
