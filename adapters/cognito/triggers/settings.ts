import type { VectorRules } from './session-vector.ts';

/** The settings of a function, by name. */
export type Env = Readonly<Record<string, string | undefined>>;

/** Reads settings by the form that they must have, and keeps the name of the first that has another. */
export const createReader = (env: Env) => {
  let wrong: string | undefined;
  const refuse = (name: string): void => {
    wrong ??= name;
  };
  return {
    read: (name: string, form: RegExp, otherwise = ''): string => {
      const value = env[name] || otherwise;
      if (!form.test(value)) refuse(name);
      return value;
    },
    refuse,
    get wrong() {
      return wrong;
    },
  };
};
export type Reader = ReturnType<typeof createReader>;

export const flag = /^(true|false)$/;
export const code = /^[\w-]{1,64}$/;

/** Where each client's browsers come back to; `popup`: a page of its own window never leaves. */
export const readReturnUrls = (reader: Reader): ReadonlyMap<string, string> => {
  const name = 'STEPWARD_RETURN_URLS';
  try {
    const urls = Object.entries(JSON.parse(reader.read(name, /^\s*\{/)) as Record<string, unknown>);
    if (urls.length === 0 || urls.some(([client, url]) => client === '' || typeof url !== 'string' || url === '')) reader.refuse(name);
    return new Map(urls as [string, string][]);
  } catch {
    reader.refuse(name);
    return new Map();
  }
};

export type DefineSettings = VectorRules & {
  /** The clients whose sign-ins may be challenged. */
  readonly clients: { has(client: string): boolean };
  /** Name of a setting that is missing or malformed. */
  readonly wrong: string | undefined;
};

export const readDefineSettings = (env: Env): DefineSettings => {
  const reader = createReader(env);
  const clients = readReturnUrls(reader);
  const maxRounds = Number(reader.read('STEPWARD_MAX_ROUNDS', /^([1-9]|10)$/, '3'));
  const hostMfa = reader.read('STEPWARD_COGNITO_HOST_MFA', flag, 'false') === 'true';
  return { clients, maxRounds, hostMfa, wrong: reader.wrong };
};
