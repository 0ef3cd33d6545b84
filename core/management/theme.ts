import { base64url } from '../base64url.ts';
import { StepwardError } from '../errors.ts';
import { isHttpsLink, plainLine } from '../messages/plain-line.ts';
import { type ColourName, type Colours, type Scheme, schemes } from '../theme/colours.ts';
import { lowContrasts } from '../theme/contrast.ts';
import { type Picture, pictureSize } from '../theme/picture.ts';
import { coloursOf, defaultTheme, type Theme } from '../theme/theme.ts';
import type { ManagementPorts } from './ports.ts';

/** What a caller says of the theme. `null` clears, absent leaves as it is; pictures are the bytes of a file. */
export type ThemeInput = {
  readonly colors?: { readonly [scheme in Scheme]?: { readonly [name in ColourName]?: string | null } | null } | null;
  readonly radius?: Theme['radius'] | null;
  readonly density?: Theme['density'] | null;
  readonly font?: Theme['font'] | null;
  readonly productName?: string | null;
  readonly supportLink?: string | null;
  readonly logo?: Uint8Array | null;
  readonly favicon?: Uint8Array | null;
};

type ShownPicture = Omit<Picture, 'data'> & { readonly bytes: number };
export type ThemeAnswer = Omit<Theme, 'colors' | 'logo' | 'favicon'> & {
  readonly colors: Readonly<Record<Scheme, Colours>>;
  readonly logo?: ShownPicture;
  readonly favicon?: ShownPicture;
};

/** Largest pictures: bytes, and pixels as the file says. */
const limits = {
  logo: { bytes: 32 * 1024, width: 1024, height: 512 },
  favicon: { bytes: 16 * 1024, width: 512, height: 512 },
} as const;
const longestName = 60;

const refuse = (pointer: string, expected: string, got?: unknown): never => {
  throw new StepwardError('invalid_configuration', `\`${pointer.slice(1).replaceAll('/', '.')}\` must be ${expected}`, {
    details: [{ pointer, expected, ...(got !== undefined && { got }) }],
  });
};

const checkedPicture = (kind: keyof typeof limits, bytes: Uint8Array): Picture => {
  const most = limits[kind];
  if (bytes.length > most.bytes) return refuse(`/${kind}`, `at most ${most.bytes} bytes`, bytes.length);
  const found = pictureSize(bytes);
  if ('unfit' in found) return refuse(`/${kind}`, found.unfit);
  const { type, width, height } = found;
  const fits = width >= 1 && height >= 1 && width <= most.width && height <= most.height;
  if (!fits)
    return refuse(`/${kind}`, `1 to ${most.width} pixels wide and 1 to ${most.height} high, as its header says`, { width, height });
  return { type, width, height, data: base64url(bytes) };
};

const checkedName = (name: string): string => {
  const text = name.trim();
  if (text === '' || [...text].length > longestName || !plainLine(text))
    refuse('/productName', `one line of 1 to ${longestName} characters, without markup or addresses`, name);
  return text;
};

const checkedLink = (link: string): string =>
  isHttpsLink(link) ? link : refuse('/supportLink', 'an `https://` address without user name', link);

const colour = (scheme: Scheme, name: string, value: string): string =>
  /^#[0-9a-f]{6}$/i.test(value) ? value.toLowerCase() : refuse(`/colors/${scheme}/${name}`, 'a colour `#rrggbb`', value);

const schemeAfter = (before: Theme['colors'], input: NonNullable<ThemeInput['colors']>, scheme: Scheme): Theme['colors'][Scheme] => {
  const said = input[scheme];
  if (said === undefined) return before[scheme];
  const after: Record<string, string> = said === null ? {} : { ...before[scheme] };
  for (const [name, value] of Object.entries(said ?? {})) {
    if (value === null) delete after[name];
    else if (value !== undefined) after[name] = colour(scheme, name, value);
  }
  return after;
};

const colorsAfter = (before: Theme['colors'], input: ThemeInput['colors']): Theme['colors'] => {
  if (input === undefined) return before;
  return Object.fromEntries(schemes.map((scheme) => [scheme, input === null ? {} : schemeAfter(before, input, scheme)]));
};

/** Text and controls must be seen in both schemes; the refusal names every pair that is too close. */
const checkContrast = (theme: Theme): void => {
  const low = schemes.flatMap((scheme) => lowContrasts(coloursOf(theme, scheme)).map((pair) => ({ scheme, ...pair })));
  const [first] = low;
  if (!first) return;
  throw new StepwardError(
    'invalid_configuration',
    `\`${first.colour}\` on \`${first.on}\` has a contrast of ${first.ratio}:1 in the ${first.scheme} scheme, ${first.needed}:1 is needed`,
    { details: low.map(({ scheme, colour: name, on, ratio, needed }) => ({ pointer: `/colors/${scheme}/${name}`, on, ratio, needed })) },
  );
};

/** What one simple setting is afterwards. */
const said = <K extends keyof Theme>(before: Theme, key: K, value: Theme[K] | null | undefined): Theme[K] => {
  if (value === undefined) return before[key];
  return value === null ? defaultTheme[key] : value;
};
const checked = <T, R>(value: T | null | undefined, check: (value: T) => R): R | null | undefined =>
  value === undefined || value === null ? (value as null | undefined) : check(value);

const withInput = (before: Theme, input: ThemeInput): Theme => {
  const after: Theme = {
    colors: colorsAfter(before.colors, input.colors),
    radius: said(before, 'radius', input.radius),
    density: said(before, 'density', input.density),
    font: said(before, 'font', input.font),
    productName: said(before, 'productName', checked(input.productName, checkedName)),
    supportLink: said(before, 'supportLink', checked(input.supportLink, checkedLink)),
    logo: said(
      before,
      'logo',
      checked(input.logo, (bytes) => checkedPicture('logo', bytes)),
    ),
    favicon: said(
      before,
      'favicon',
      checked(input.favicon, (bytes) => checkedPicture('favicon', bytes)),
    ),
  };
  checkContrast(after);
  return after;
};

/** A picture without its content: the audit log and the answer say that it is there. */
const shownPicture = ({ data, ...picture }: Picture): ShownPicture => ({ ...picture, bytes: Math.floor((data.length * 3) / 4) });

const shown = ({ logo, favicon, ...theme }: Theme): Omit<ThemeAnswer, 'colors'> & Pick<Theme, 'colors'> => ({
  ...theme,
  ...(logo && { logo: shownPicture(logo) }),
  ...(favicon && { favicon: shownPicture(favicon) }),
});

const answerOf = (theme: Theme): ThemeAnswer => ({
  ...shown(theme),
  colors: { light: coloursOf(theme, 'light'), dark: coloursOf(theme, 'dark') },
});

/** How pages look now, every colour included. */
export const getTheme = async ({ policies }: ManagementPorts): Promise<ThemeAnswer> => answerOf((await policies.fresh()).theme);

/**
 * Changes how pages look. Colours are changed one by one; what is cleared goes back to the default.
 *
 * @throws StepwardError `invalid_configuration` for a value that cannot serve, a picture that is more than a picture, and colours
 * that are too close to each other (WCAG 2.2, 1.4.3 and 1.4.11).
 */
export const updateTheme = async ({ policies, tenantId }: ManagementPorts, actor: string, input: ThemeInput): Promise<ThemeAnswer> =>
  policies.change(({ theme: before }) => {
    const after = withInput(before, input);
    return {
      put: [{ kind: 'theme', id: 'theme', body: after }],
      audit: [{ actor, what: 'theme.updated', subject: tenantId, detail: { before: shown(before), after: shown(after) } }],
      answer: answerOf(after),
    };
  });
