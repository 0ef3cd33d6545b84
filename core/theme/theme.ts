import { type ColourName, type Colours, defaultColours, type Scheme } from './colours.ts';
import type { Picture } from './picture.ts';

export const radii = ['none', 'small', 'medium', 'large'] as const;
export const densities = ['compact', 'regular', 'roomy'] as const;
/** Stacks of fonts that systems have: nothing is loaded. */
export const fonts = ['system', 'grotesque', 'humanist', 'geometric', 'rounded', 'serif'] as const;

/** How pages look: data only, never CSS, HTML or an address of something to load. */
export type Theme = {
  /** What was chosen; every other colour is the default's. */
  readonly colors: { readonly [scheme in Scheme]?: { readonly [name in ColourName]?: string } };
  readonly radius: (typeof radii)[number];
  readonly density: (typeof densities)[number];
  readonly font: (typeof fonts)[number];
  /** In place of the tenant's name on pages and in mails. */
  readonly productName?: string;
  /** https. */
  readonly supportLink?: string;
  readonly logo?: Picture;
  readonly favicon?: Picture;
};

export const defaultTheme: Theme = { colors: {}, radius: 'medium', density: 'regular', font: 'system' };

/** All colours of a scheme. */
export const coloursOf = (theme: Pick<Theme, 'colors'>, scheme: Scheme): Colours => ({
  ...defaultColours[scheme],
  ...theme.colors[scheme],
});

/** What people call the application: on pages, in mails and in the dialogues of their devices. */
export const applicationNameOf = (settings: { readonly tenant: { readonly name: string }; readonly theme: Theme }): string =>
  settings.theme.productName ?? settings.tenant.name;
