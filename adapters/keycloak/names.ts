/** Ways into a realm, by the first words of our flow for it. `after` flows are one for each flow that they come after. */
export const frameKinds = {
  browser: 'stepward-browser',
  directGrant: 'stepward-direct-grant',
  resetCredentials: 'stepward-reset-credentials',
  postBroker: 'stepward-post-broker',
  postBrokerAfter: 'stepward-after-broker',
  clientBrowser: 'stepward-client-browser',
  clientDirectGrant: 'stepward-client-direct-grant',
} as const;
export type FrameKind = keyof typeof frameKinds;

/** Characters that Keycloak takes in no alias that it is given. */
const reserved = /[:/?#@!$&()*+,;=[\]\\]/g;

/** Alias of a flow of ours; the second generation stands beside the first while it takes its place. */
export const frameAlias = (kind: FrameKind, base: string | undefined, generation: number): string =>
  `${frameKinds[kind]}${generation === 1 ? '' : `-${generation}`}${base === undefined ? '' : ` ${base.replace(reserved, '_')}`}`;

const parts = ['login', 'step-up', 'fallback', 'factors', 'forms', 'loa1', 'loa2'].join('|');
const kinds = Object.values(frameKinds)
  .toSorted((left, right) => right.length - left.length)
  .join('|');
const ours = new RegExp(`^(?:${kinds})(?:-\\d+)?(?: .*)?(?:-(?:${parts}))?(?: .*)?$`);

/** Whether an alias is one that only the installer gives. */
export const isOurs = (alias: string | undefined): boolean => alias !== undefined && ours.test(alias);

/** Whether the alias is that of a flow of this kind and base, of any generation. */
export const isFrame = (alias: string | undefined, kind: FrameKind, base?: string): boolean => {
  if (alias === undefined) return false;
  const [, generation = '1'] = new RegExp(`^${frameKinds[kind]}(?:-(\\d+))?(?: |$)`).exec(alias) ?? [];
  return frameAlias(kind, base, Number(generation)) === alias;
};

/** Whether the alias is that of a flow of this kind, whatever it was made from. */
export const isKind = (alias: string | undefined, kind: FrameKind): boolean =>
  alias !== undefined && new RegExp(`^${frameKinds[kind]}(?:-\\d+)?(?: .*)?$`).test(alias);
