import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Served, startServed } from '../support/served.ts';
import { createWebBrowser } from '../support/web-browser.ts';

const folder = resolve(import.meta.dirname, '../vectors');

type Exchange = {
  readonly name: string;
  /** What the real core is brought to before the request; `fault`: no answer of a core. */
  readonly given: keyof typeof givens | 'fault';
  readonly request: { readonly method: string; readonly path: string; readonly body: Readonly<Record<string, unknown>> };
  readonly reply: 'timeout' | 'reset' | { readonly status: number; readonly body: Readonly<Record<string, unknown>> };
};

/** The rows of a file. Fails for a field that the tests in Java do not read. */
const read = <T>(file: string, fields: readonly string[]): readonly T[] => {
  const rows = JSON.parse(readFileSync(join(folder, file), 'utf8')) as readonly Readonly<Record<string, unknown>>[];
  for (const row of rows)
    expect(
      Object.keys(row).filter((field) => !fields.includes(field)),
      `${file}: nobody reads these`,
    ).toEqual([]);
  return rows as readonly T[];
};

const exchanges = read<Exchange>('keycloak-exchange.json', [
  ...['name', 'given', 'kind', 'note', 'ticket', 'settings', 'request', 'reply', 'effect', 'page', 'event', 'retries', 'notes'],
]);
const bindings = read<{ readonly inputs: Readonly<Record<string, string>>; readonly binding: string }>('keycloak-binding.json', [
  'inputs',
  'binding',
]);

let served: Served;
let made = 0;

/** One user of the core with one instance, as a row names them. */
type Case = { readonly userId: string; readonly key: string; readonly track: Readonly<Record<string, unknown>> };

const post = (path: string, body: unknown, key = served.serverKey): Promise<Response> =>
  fetch(`${served.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${key}:`)}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
const action = 'signIn';
const decide = (defaultUserActionResult: string) =>
  served.configure(action, { defaultUserActionResult, verificationMethods: ['EMAIL_OTP'], enrollment: 'verified-contact' });
const tracked = async ({ userId, track }: Case, more: Readonly<Record<string, unknown>> = {}): Promise<{ readonly url: string }> => {
  const answer = await post(`/v1/users/${userId}/actions/${action}`, { ...track, ...more });
  expect(answer.status).toBe(200);
  return (await answer.json()) as { readonly url: string };
};
const update = ({ userId, key }: Case, state: 'BLOCK' | 'CHALLENGE_FAILED' | 'REVIEW_SUCCEEDED') =>
  served.api.updateAction({ userId, action, idempotencyKey: key }, { state });

/** Somebody passes the challenge on the page; the ticket of the return. */
const pass = async (one: Case, more: Readonly<Record<string, unknown>> = {}): Promise<string> => {
  await decide('CHALLENGE');
  const { url } = await tracked(one, more);
  const browser = createWebBrowser(['http://localhost:8080']);
  await browser.open(url);
  const seen = served.mails.length;
  await browser.press(/send|code by e-mail/i);
  await browser.press(/verify|continue|confirm/i, { code: await served.codeTo(`${one.userId}@example.org`, seen) });
  if (browser.at.text.includes('codes-saved')) await browser.press('I have saved them');
  return /stepward_ticket=([\w-]+)/.exec(browser.at.text)?.[1] ?? '';
};

/** Brings the core to what a row is about; the ticket of that browser, where there is one. */
const givens = {
  allow: async () => void (await decide('ALLOW')),
  review: async (one: Case, isConsume: boolean) => {
    await decide('REVIEW');
    if (isConsume) await tracked(one);
  },
  block: async () => void (await decide('BLOCK')),
  challenge: async (one: Case, isConsume: boolean) => {
    await decide('CHALLENGE');
    if (isConsume) await tracked(one);
  },
  'wrong-key': async () => undefined,
  'unknown-return': async () => undefined,
  conflict: async (one: Case) => void (await tracked(one, { username: 'somebody' })),
  passed: (one: Case) => pass(one),
  'passed-elsewhere': async (one: Case) => void (await pass(one)),
  approved: async (one: Case) => {
    await decide('REVIEW');
    await tracked(one);
    await update(one, 'REVIEW_SUCCEEDED');
  },
  failed: async (one: Case) => {
    await decide('CHALLENGE');
    await tracked(one);
    await update(one, 'CHALLENGE_FAILED');
  },
  expired: async (one: Case) => {
    await decide('CHALLENGE');
    await tracked(one);
    served.pass(3_600_000);
  },
  blocked: async (one: Case) => {
    await decide('CHALLENGE');
    await tracked(one);
    await update(one, 'BLOCK');
  },
  'other-binding': (one: Case) => pass(one, { binding: 'another' }),
  used: async (one: Case) => {
    const ticket = await pass(one);
    const path = `/v1/users/${one.userId}/actions/${action}/${one.key}/consume`;
    expect((await post(path, { binding: one.track.binding, ticket, consumeKey: 'first' })).status).toBe(200);
    return ticket;
  },
  nothing: async () => undefined,
} as const satisfies Readonly<Record<string, (one: Case, isConsume: boolean) => Promise<string | undefined>>>;

describe('the vectors that both languages read', () => {
  beforeAll(async () => {
    served = await startServed({ STEPWARD_REDIRECT_ORIGINS: 'http://localhost:8080' });
  });
  afterAll(() => served?.end());

  it('are all read', () => {
    const files = readdirSync(folder).filter((name) => name.startsWith('keycloak-'));
    expect(files.sort()).toEqual(['keycloak-binding.json', 'keycloak-exchange.json', 'keycloak-settings.json']);
    read('keycloak-settings.json', ['name', 'config', 'spi', 'vault', 'valid', 'error', 'reads']);
    expect(new Set(exchanges.map(({ name }) => name)).size).toBe(exchanges.length);
  });

  it.each(bindings)('binding $binding', ({ inputs, binding }) => {
    const { realm, rootSession, tab, execution, user, action: of, key } = inputs;
    const text = ['stepward-keycloak-v1', realm, rootSession, tab, execution, user, of, key].join('\n');
    expect(createHash('sha256').update(text).digest('base64url')).toBe(binding);
  });

  it.each(exchanges.filter(({ given }) => given !== 'fault'))(
    'the core answers as the exchange says: $name',
    async ({ given, request, reply }) => {
      if (typeof reply === 'string' || given === 'fault') throw new Error('no answer of a core');
      made += 1;
      const userId = `user-1-${made}`;
      const key = `00000000-0000-4000-8000-${String(made).padStart(12, '0')}`;
      const ours = <T>(value: T): T =>
        JSON.parse(
          JSON.stringify(value)
            .replaceAll('00000000-0000-4000-8000-000000000001', key)
            .replaceAll('user-1', userId)
            .replaceAll('ada@example.org', `${userId}@example.org`),
        );
      const isConsume = request.path.endsWith('/consume');
      const [usual] = exchanges;
      const one = { userId, key, track: ours(usual?.request.body ?? {}) };
      const ticket = await givens[given](one, isConsume);
      const body = { ...ours(request.body), ...(ticket !== undefined && request.body.ticket !== undefined && { ticket }) };
      if (given === 'unknown-return') Object.assign(body, { returnUrl: 'https://keycloak.example/realms/realm' });
      const answer = await post(ours(request.path), body, given === 'wrong-key' ? 'sk_wrong_000000000000' : undefined);
      expect(answer.status).toBe(reply.status);
      const expected = {
        ...ours(reply.body),
        ...(reply.body.url !== undefined && { url: expect.stringContaining(`${served.url}/challenge?c=`) }),
      };
      expect(await answer.json()).toMatchObject(expected);
    },
  );
});
