import type { Size, Unfit } from './picture.ts';

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** Chunks of a still picture; those of an animation are not among them. */
const known = new Set('IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP cICP sBIT bKGD hIST pHYs sPLT tIME tEXt zTXt iTXt eXIf'.split(' '));

/** The size of a PNG (ISO/IEC 15948) that is nothing else besides: its chunks fill the file to the last byte. */
export const pngSize = (bytes: Uint8Array): Size | Unfit => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!signature.every((byte, at) => bytes[at] === byte)) return { unfit: 'a PNG or SVG picture' };
  let at = signature.length;
  let size: Size | undefined;
  let pixels = false;
  while (at + 12 <= bytes.length) {
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const end = at + 12 + length;
    if (end > bytes.length || !known.has(type)) break;
    if ((type === 'IHDR') !== (size === undefined)) break;
    if (type === 'IHDR') {
      if (length !== 13) break;
      size = { width: view.getUint32(at + 8), height: view.getUint32(at + 12) };
    }
    if (type === 'IDAT') pixels = true;
    if (type === 'IEND') return size !== undefined && pixels && end === bytes.length ? size : { unfit: 'a whole PNG and nothing besides' };
    at = end;
  }
  return { unfit: 'a whole PNG without animation' };
};
