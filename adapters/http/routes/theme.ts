import { z } from 'zod';
import { colourNames, densities, fonts, radii } from '../../../core/index.ts';
import { bodyOf } from '../parse.ts';
import { defineRoute, ok, type Route } from '../route.ts';
import { actorOf } from './actor.ts';

const scope = 'management';
const path = '/v1/management/theme' as const;

const entries = <T>(value: T) => Object.fromEntries(colourNames.map((name) => [name, value])) as Record<(typeof colourNames)[number], T>;

const colour = z.string().regex(/^#[0-9a-fA-F]{6}$/, 'a colour `#rrggbb`');
const scheme = z.strictObject(entries(colour.nullable().optional()), 'an object of colours by their names');

/** A file in base64, read into its bytes. The limit of the body holds for it too. */
const picture = z
  .base64('the content of a file in base64')
  .max(64 * 1024, 'a file of at most 48 KiB')
  .transform((text) => new Uint8Array(Buffer.from(text, 'base64')));

const ThemeBody = z.strictObject(
  {
    colors: z.strictObject({ light: scheme.nullable().optional(), dark: scheme.nullable().optional() }).nullable().optional(),
    radius: z.enum(radii).nullable().optional(),
    density: z.enum(densities).nullable().optional(),
    font: z.enum(fonts).nullable().optional(),
    productName: z.string().max(240).nullable().optional(),
    supportLink: z.string().max(255, 'at most 255 characters').nullable().optional(),
    logo: picture.nullable().optional(),
    favicon: picture.nullable().optional(),
  },
  'an object of what a theme has',
);

const PictureAnswer = z.looseObject({ type: z.enum(['png', 'svg']), width: z.number(), height: z.number(), bytes: z.number() });
const ThemeAnswer = z.looseObject({
  colors: z.object({ light: z.object(entries(z.string())), dark: z.object(entries(z.string())) }),
  radius: z.enum(radii),
  density: z.enum(densities),
  font: z.enum(fonts),
  productName: z.string().optional(),
  supportLink: z.string().optional(),
  logo: PictureAnswer.optional(),
  favicon: PictureAnswer.optional(),
});

export const themeRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    path,
    scope,
    summary: 'Read how pages look',
    response: ThemeAnswer,
    handler: async (_, { management }) => ok(await management.getTheme()),
  }),
  defineRoute({
    method: 'PATCH',
    path,
    scope,
    summary: 'Change how pages look; colours that are too close to each other are refused; `null` clears',
    body: bodyOf(ThemeBody),
    response: ThemeAnswer,
    handler: async ({ body, principal }, { management }) => ok(await management.updateTheme(actorOf(principal), body)),
  }),
];
