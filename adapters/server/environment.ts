import { parseCidr } from '../../core/index.ts';

/** Everything that the environment says, parsed once. */
export type Environment = {
  readonly development: boolean;
  readonly publicUrl: URL;
  readonly databaseUrl: string;
  readonly serverKeys: readonly string[];
  readonly managementKeys: readonly string[];
  readonly encryptionKeys: readonly { readonly id: string; readonly key: Uint8Array }[];
  readonly tenantId: string;
  readonly trustedProxies: readonly string[];
  readonly redirectOrigins: readonly string[];
  readonly frameAncestors: readonly string[];
  readonly smtpUrl?: string;
  readonly smtpFrom: string;
  readonly ipData?: string;
  /** Private blocks that webhooks may be sent into. */
  readonly egressAllowedRanges: readonly string[];
  readonly hosts: readonly string[];
  readonly port: number;
};

/** What is wrong with the environment, in one line that names the variable. */
export class EnvironmentError extends Error {}

const refuse = (message: string): never => {
  throw new EnvironmentError(message);
};

const together = ['STEPWARD_DATABASE_URL', 'STEPWARD_SERVER_KEYS', 'STEPWARD_MANAGEMENT_KEYS', 'STEPWARD_ENCRYPTION_KEYS'] as const;

type Variables = Readonly<Record<string, string | undefined>>;

const list = (env: Variables, name: string): readonly string[] =>
  (env[name] ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean);

const keys = (env: Variables, name: string): readonly string[] => {
  const found = list(env, name);
  if (found.length === 0) refuse(`${name} must list at least one key`);
  for (const key of found)
    if (key.length < 16 || /[^\x21-\x7e]/.test(key)) refuse(`${name} has a key of fewer than 16 characters, or one with blanks`);
  if (new Set(found).size !== found.length) refuse(`${name} lists a key twice`);
  return found;
};

const encryptionKeys = (env: Variables): Environment['encryptionKeys'] => {
  const found = list(env, 'STEPWARD_ENCRYPTION_KEYS').map((entry) => {
    const colon = entry.indexOf(':');
    const id = entry.slice(0, colon);
    const key = Buffer.from(entry.slice(colon + 1), 'base64');
    if (colon < 1 || !/^[A-Za-z0-9_-]{1,64}$/.test(id) || key.length !== 32)
      refuse('STEPWARD_ENCRYPTION_KEYS must be `id:base64(32 bytes)`, comma separated');
    return { id, key: new Uint8Array(key) };
  });
  if (found.length === 0) refuse('STEPWARD_ENCRYPTION_KEYS must list at least one key');
  return found;
};

const origins = (env: Variables, name: string): readonly string[] =>
  list(env, name).map((entry) => {
    const url = URL.canParse(entry) ? new URL(entry) : undefined;
    if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:') || url.origin !== entry.replace(/\/$/, ''))
      return refuse(`${name} must list origins such as \`https://app.example\`, got \`${entry}\``);
    return url.origin;
  });

const port = (env: Variables): number => {
  const text = env.PORT ?? '8787';
  const value = Number(text);
  return /^\d{1,5}$/.test(text) && value <= 65_535 ? value : refuse(`PORT must be 0 to 65535, got \`${text}\``);
};

const publicUrl = (env: Variables, fallback: string | undefined): URL => {
  const text = env.STEPWARD_PUBLIC_URL ?? fallback;
  if (text === undefined) return refuse('STEPWARD_PUBLIC_URL is missing');
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:') || url.search || url.hash || url.username || url.pathname !== '/')
    return refuse(`STEPWARD_PUBLIC_URL must be an origin such as \`https://stepward.example\`, got \`${text}\``);
  return url;
};

const databaseUrl = (env: Variables): string => {
  const url = env.STEPWARD_DATABASE_URL ?? '';
  return /^(sqlite:.|postgres(ql)?:\/\/.)/.test(url) ? url : refuse('STEPWARD_DATABASE_URL must be `sqlite:PATH` or `postgres://…`');
};

const cidrs = (env: Variables, name: string): readonly string[] => {
  const found = list(env, name);
  for (const entry of found) if (!parseCidr(entry)) refuse(`${name} must list addresses or CIDR blocks, got \`${entry}\``);
  return found;
};

/** Names that are missing where some but not all of those that belong together are set; none set means development. */
export const missingOf = (env: Variables): readonly string[] => {
  const missing = together.filter((name) => !env[name]);
  return missing.length === together.length ? [] : missing;
};

export const isDevelopment = (env: Variables): boolean => together.every((name) => !env[name]);

/**
 * Parses the environment (in development: with the generated settings already in it).
 *
 * @throws EnvironmentError naming the variable that is wrong or missing.
 */
export const parseEnvironment = (env: Variables, development: boolean): Environment => {
  const missing = missingOf(env);
  if (missing.length > 0) refuse(`${missing.join(', ')} must be set too, or none of ${together.join(', ')}`);
  const listenOn = port(env);
  const tenantId = env.STEPWARD_TENANT_ID ?? 'stepward';
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(tenantId)) refuse('STEPWARD_TENANT_ID may have letters, digits, - and _ only');
  if (env.STEPWARD_SMTP_URL !== undefined && !/^smtps?:\/\/./.test(env.STEPWARD_SMTP_URL))
    refuse('STEPWARD_SMTP_URL must be a `smtp:` or `smtps:` URL');
  const url = publicUrl(env, development ? `http://localhost:${listenOn}` : undefined);
  return {
    development,
    publicUrl: url,
    databaseUrl: databaseUrl(env),
    tenantId,
    port: listenOn,
    serverKeys: keys(env, 'STEPWARD_SERVER_KEYS'),
    managementKeys: keys(env, 'STEPWARD_MANAGEMENT_KEYS'),
    encryptionKeys: encryptionKeys(env),
    trustedProxies: cidrs(env, 'STEPWARD_TRUSTED_PROXIES'),
    redirectOrigins: origins(env, 'STEPWARD_REDIRECT_ORIGINS'),
    frameAncestors: origins(env, 'STEPWARD_FRAME_ANCESTORS'),
    smtpUrl: env.STEPWARD_SMTP_URL,
    smtpFrom: env.STEPWARD_SMTP_FROM ?? `Stepward <no-reply@${url.hostname}>`,
    ipData: env.STEPWARD_IP_DATA || undefined,
    egressAllowedRanges: cidrs(env, 'STEPWARD_EGRESS_ALLOWED_RANGES'),
    hosts: env.HOST ? [env.HOST] : ['127.0.0.1', '::1'],
  };
};
