import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Accounts, createAccounts } from '../../examples/express-login/accounts.ts';
import { createApp } from '../../examples/express-login/app.ts';
import type { Sdk } from '../../examples/express-login/step-up.ts';

type Tracked = Parameters<Sdk['track']>[0];
let server: Server;
let url: string;
let accounts: Accounts;
let tracked: Tracked[];
let validated: object[];
let state: string | Error;
let valid: object;

const sdk = {
  track: async (request: Tracked) => {
    tracked.push(request);
    if (state instanceof Error) throw state;
    return { state, url: 'http://localhost:1/challenge?c=x', idempotencyKey: `key-${tracked.length}`, token: 't', isEnrolled: true };
  },
  validateChallenge: async (request: object) => {
    validated.push(request);
    return valid;
  },
  updateUser: async () => ({}),
} as unknown as Sdk;

beforeEach(async () => {
  [tracked, validated, state, valid] = [[], [], 'ALLOW', { isValid: false }];
  accounts = createAccounts();
  await accounts.create('alice@example.com', 'correct horse');
  server = createApp({ authsignal: sdk, url: 'http://localhost:3000', accounts }).listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** A browser with cookies and without script. */
const browser = () => {
  const cookies = new Map<string, string>();
  const go = async (method: string, path: string, fields?: Record<string, string>) => {
    const response = await fetch(`${url}${path}`, {
      method,
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(fields ? { body: new URLSearchParams(fields) } : {}),
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (name && value) cookies.set(name, value);
    }
    return { status: response.status, location: response.headers.get('location'), text: await response.text() };
  };
  const get = (path: string) => go('GET', path);
  const submit = async (page: string, action: string, fields: Record<string, string>) => {
    const csrf = /name="csrf" value="([^"]+)"/.exec((await get(page)).text)?.[1] ?? '';
    return go('POST', action, { csrf, ...fields });
  };
  const signIn = (more: Record<string, string> = {}) =>
    submit('/sign-in', '/sign-in', { email: 'alice@example.com', password: 'correct horse', place: 'vpn', ...more });
  return { get, go, submit, signIn };
};

describe('the answer decides', () => {
  it.each([
    ['ALLOW', 303, '/'],
    ['CHALLENGE_REQUIRED', 303, 'http://localhost:1/challenge?c=x'],
    ['REVIEW_REQUIRED', 403, null],
    ['REVIEW', 403, null],
    ['BLOCK', 403, null],
    ['CHALLENGE_SUCCEEDED', 403, null],
    ['CHALLENGE_FAILED', 403, null],
    ['A_STATE_FROM_THE_FUTURE', 403, null],
  ])('%s: %d', async (answered, status, location) => {
    state = answered;
    const alice = browser();
    expect(await alice.signIn()).toMatchObject({ status, location });
    expect((await alice.get('/')).status).toBe(answered === 'ALLOW' ? 200 : 303);
  });

  it('no answer: nobody comes in', async () => {
    state = new Error('not there');
    const alice = browser();
    expect(await alice.signIn()).toMatchObject({ status: 503 });
    expect((await alice.get('/')).location).toBe('/sign-in');
  });

  it('a wrong password is not even asked about', async () => {
    expect(await browser().signIn({ password: 'wrong' })).toMatchObject({ location: '/sign-in' });
    expect(tracked).toEqual([]);
  });

  it('track hears of address, agent and the same device each time', async () => {
    const alice = browser();
    await alice.signIn();
    await alice.signIn({ place: 'tor' });
    const [first, second] = tracked.map(({ attributes }) => attributes);
    expect([first?.ipAddress, second?.ipAddress]).toEqual(['198.51.100.20', '198.51.100.200']);
    expect(first?.deviceId).toMatch(/^[\w-]{32}$/);
    expect(second?.deviceId).toBe(first?.deviceId);
  });
});

describe('the return from a challenge', () => {
  const proven = () => ({
    isValid: true,
    userId: tracked[0]?.userId,
    action: 'signIn',
    idempotencyKey: 'key-1',
    state: 'CHALLENGE_SUCCEEDED',
  });
  beforeEach(() => {
    state = 'CHALLENGE_REQUIRED';
  });

  it('counts for what the session waits for, once', async () => {
    const alice = browser();
    await alice.signIn();
    valid = proven();
    expect(await alice.get('/return?token=t')).toMatchObject({ status: 303, location: '/' });
    expect((await alice.get('/')).status).toBe(200);
    expect(validated).toEqual([{ token: 't', action: 'signIn', userId: tracked[0]?.userId, idempotencyKey: 'key-1' }]);
    expect((await alice.get('/return?token=t')).status).toBe(403);
    expect(validated).toHaveLength(1);
  });

  it('into a browser that began nothing is refused', async () => {
    await browser().signIn();
    valid = proven();
    expect((await browser().get('/return?token=t')).status).toBe(403);
    expect(validated).toEqual([]);
  });

  it.each([
    ['not valid', { isValid: false }],
    ['of another user', { userId: 'mallory' }],
    ['of another action', { action: 'withdraw-funds' }],
    ['of another challenge', { idempotencyKey: 'key-2' }],
  ])('%s is refused', async (_, change) => {
    const alice = browser();
    await alice.signIn();
    valid = { ...proven(), ...change };
    expect((await alice.get('/return?token=t')).status).toBe(403);
    expect((await alice.get('/')).location).toBe('/sign-in');
  });

  it('without a token is refused', async () => {
    const alice = browser();
    await alice.signIn();
    valid = proven();
    expect((await alice.get('/return')).status).toBe(403);
  });
});

describe('a withdrawal', () => {
  const withdraw = async (fields: Record<string, string>) => {
    const alice = browser();
    await alice.signIn();
    return { alice, answer: await alice.submit('/', '/withdraw', { amount: '2500.50', payee: 'Bob <b>', place: 'office', ...fields }) };
  };

  it('is asked about with its amount, and shows what is approved', async () => {
    await withdraw({});
    expect(tracked[1]).toMatchObject({
      action: 'withdraw-funds',
      attributes: {
        custom: { withdrawalAmount: 2500.5 },
        display: [
          { label: 'Amount', type: 'money', value: { minor: 250_050, currency: 'EUR' } },
          { label: 'To', type: 'account', value: 'Bob <b>' },
        ],
      },
    });
  });

  it('allowed: it is made, and names are shown as text', async () => {
    const { alice } = await withdraw({});
    const { text } = await alice.get('/');
    expect(text).toContain('9,499.50');
    expect(text).toContain('Bob &lt;b&gt;');
  });

  it.each<Record<string, string>>([{ amount: '0' }, { amount: '-5' }, { amount: '1e3' }, { amount: '99999' }, { payee: ' ' }])(
    '%j is not even asked about',
    async (fields) => {
      await withdraw(fields);
      expect(tracked).toHaveLength(1);
    },
  );
});

describe('forms', () => {
  it.each(['/sign-in', '/sign-up', '/withdraw', '/sign-out'])('%s without the token of this session is refused', async (path) => {
    const alice = browser();
    await alice.get('/sign-in');
    expect((await alice.go('POST', path, { csrf: 'x'.repeat(32) })).status).toBe(403);
    expect((await alice.go('POST', path, {})).status).toBe(403);
  });

  it('signing in gives the session a new id', async () => {
    const alice = browser();
    await alice.get('/sign-in');
    const page = (await alice.get('/sign-in')).text;
    await alice.signIn();
    const csrf = (text: string) => /name="csrf" value="([^"]+)"/.exec(text)?.[1];
    expect(csrf((await alice.get('/')).text)).not.toBe(csrf(page));
  });

  it('source files are not served', async () => {
    const alice = browser();
    expect((await alice.get('/style.css')).status).toBe(200);
    for (const path of ['/app.ts', '/seed.ts', '/../app.ts', '/%2e%2e/app.ts']) expect((await alice.get(path)).status).toBe(404);
  });
});
