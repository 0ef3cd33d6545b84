import { pngSize } from './png.ts';
import { svgSize } from './svg.ts';

/** An uploaded picture, checked. `data` is base64url. */
export type Picture = { readonly type: 'png' | 'svg'; readonly width: number; readonly height: number; readonly data: string };

export type Size = { readonly width: number; readonly height: number };

/** What was found wrong with a picture, as the end of "must be …". */
export type Unfit = { readonly unfit: string };

/** The kind and size of an uploaded picture, told by its content alone. */
export const pictureSize = (bytes: Uint8Array): (Size & { readonly type: Picture['type'] }) | Unfit => {
  if (bytes[0] === 0x89) {
    const size = pngSize(bytes);
    return 'unfit' in size ? size : { type: 'png', ...size };
  }
  const size = svgSize(bytes);
  return 'unfit' in size ? size : { type: 'svg', ...size };
};
