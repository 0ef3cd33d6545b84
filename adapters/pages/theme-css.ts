import { coloursOf, type Scheme, type Theme } from '../../core/index.ts';

/** Every value that stands in the style sheet is one of these or a colour `#rrggbb`: nothing that an operator writes gets here. */
const radii = { none: '0px', small: '5px', medium: '10px', large: '18px' } as const satisfies Record<Theme['radius'], string>;
const densities = { compact: '.75', regular: '1', roomy: '1.25' } as const satisfies Record<Theme['density'], string>;
const fonts = {
  system: 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif',
  grotesque: '"Helvetica Neue", Helvetica, Arial, sans-serif',
  humanist: 'Seravek, "Gill Sans Nova", Ubuntu, Calibri, "DejaVu Sans", sans-serif',
  geometric: 'Avenir, Montserrat, Corbel, "URW Gothic", sans-serif',
  rounded: 'ui-rounded, "Hiragino Maru Gothic ProN", Quicksand, "Arial Rounded MT", Calibri, sans-serif',
  serif: 'Charter, "Bitstream Charter", "Sitka Text", Cambria, serif',
} as const satisfies Record<Theme['font'], string>;

const isColour = /^#[0-9a-f]{6}$/;

const colours = (theme: Theme, scheme: Scheme): string =>
  Object.entries(coloursOf(theme, scheme))
    .filter(([, value]) => isColour.test(value))
    .map(([name, value]) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}:${value}`)
    .join(';');

/** The variables that the style sheet is written in. */
export const themeCss = (theme: Theme): string =>
  `:root{${colours(theme, 'light')};--radius:${radii[theme.radius]};--space:${densities[theme.density]};font:16px/1.5 ${fonts[theme.font]}}
@media (prefers-color-scheme:dark){:root{${colours(theme, 'dark')}}}
`;
