import type { Ports } from '../settings.ts';

const purpose = 'link';
/** 128 bits in base64url. */
const part = '[A-Za-z0-9_-]{22}';
const shape = new RegExp(`^(${part})(${part})$`);

/** The address in a message: `l` names the instance to nobody but us, and carries a token of 128 bits. */
export const linkUrl = ({ settings, secrets }: Pick<Ports, 'settings' | 'secrets'>, instanceId: string, token: string): string =>
  `${settings.publicUrl}/challenge/link?l=${secrets.veil(purpose, instanceId)}${token}`;

/** What an `l` stands for; undefined for text that is none. */
export const readLink = (
  { secrets }: Pick<Ports, 'secrets'>,
  l: string,
): { readonly instanceId: string; readonly token: string } | undefined => {
  const [, veiled = '', token = ''] = shape.exec(l) ?? [];
  const instanceId = secrets.unveil(purpose, veiled);
  return instanceId === undefined ? undefined : { instanceId, token };
};
