import { encode } from 'uqr';
import { type Html, html } from './html.ts';

/** One path of horizontal runs: a tenth of what a square for every module takes. */
const runs = (rows: readonly (readonly boolean[])[]): string =>
  rows
    .flatMap((row, y) => {
      const line = row.map((dark) => (dark ? '1' : '0')).join('');
      return Array.from(line.matchAll(/1+/g), (run) => `M${run.index} ${y}h${run[0].length}v1h-${run[0].length}z`);
    })
    .join('');

/** A QR code as inline SVG, black on white in every colour scheme, with the quiet zone that readers need. */
export const qrCode = (text: string, label: string): Html => {
  const { data, size } = encode(text, { ecc: 'L', border: 2 });
  return html`<svg class="qr" role="img" aria-label="${label}" viewBox="0 0 ${size} ${size}" shape-rendering="crispEdges"><path d="${runs(data)}"/></svg>`;
};
