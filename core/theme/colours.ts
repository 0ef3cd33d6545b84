/** The colours of a page by what they are for. Values are `#rrggbb`. */
export const colourNames = [
  'ground',
  'surface',
  'text',
  'muted',
  'line',
  'field',
  'accent',
  'accentStrong',
  'onAccent',
  'soft',
  'danger',
  'dangerSoft',
  'ok',
  'okSoft',
] as const;

export type ColourName = (typeof colourNames)[number];
export type Colours = Readonly<Record<ColourName, string>>;

/** The schemes that browsers ask for; each has every colour. */
export const schemes = ['light', 'dark'] as const;
export type Scheme = (typeof schemes)[number];

/** The look where nobody has chosen another. */
export const defaultColours: Readonly<Record<Scheme, Colours>> = {
  light: {
    ground: '#f4f5f7',
    surface: '#ffffff',
    text: '#16181d',
    muted: '#5a6072',
    line: '#d9dce3',
    field: '#868da0',
    accent: '#3b4cca',
    accentStrong: '#2f3da8',
    onAccent: '#ffffff',
    soft: '#eceefb',
    danger: '#b3261e',
    dangerSoft: '#fbeceb',
    ok: '#1b6e3c',
    okSoft: '#e6f4ec',
  },
  dark: {
    ground: '#101216',
    surface: '#191c22',
    text: '#eceef2',
    muted: '#a3aabb',
    line: '#2c313b',
    field: '#757d90',
    accent: '#8f9cff',
    accentStrong: '#aab4ff',
    onAccent: '#10131f',
    soft: '#22263d',
    danger: '#ff9c94',
    dangerSoft: '#3a1f1e',
    ok: '#7fd6a0',
    okSoft: '#17301f',
  },
};
