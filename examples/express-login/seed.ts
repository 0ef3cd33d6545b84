import type { Accounts } from './accounts.ts';
import type { Sdk } from './step-up.ts';

/** Where the management API is, and its key. */
export type Management = { readonly url: string; readonly key: string };

/** The people of the demonstration. One password for all: it is printed for whoever starts it. */
export const people = { password: 'correct horse', emails: ['alice@example.com', 'bob@example.com'] } as const;

const actions = [
  { actionCode: 'signIn', defaultUserActionResult: 'ALLOW' },
  { actionCode: 'withdraw-funds', defaultUserActionResult: 'ALLOW' },
] as const;

const dataPoint = {
  name: 'withdrawalAmount',
  dataType: 'number',
  modelType: 'action',
  description: 'The amount of a withdrawal, in euros',
} as const;

const rules = [
  {
    action: 'signIn',
    rule: {
      name: 'New device, robot or anonymous address',
      type: 'CHALLENGE',
      priority: 0,
      conditions: {
        or: [
          { '==': [{ var: 'device.isNew' }, true] },
          { '==': [{ var: 'device.isBot' }, true] },
          { '==': [{ var: 'ip.isAnonymous' }, true] },
        ],
      },
    },
  },
  {
    action: 'withdraw-funds',
    rule: {
      name: 'More than 2,000',
      type: 'CHALLENGE',
      priority: 0,
      // an amount that was not sent counts as a large one
      onUnknown: 'match',
      conditions: { '>': [{ var: 'custom.withdrawalAmount' }, 2000] },
    },
  },
] as const;

/** Sets up Stepward for the demonstration by its management API. What is there already is left as it is. */
export const configure = async ({ url, key }: Management): Promise<void> => {
  const call = async (method: string, path: string, body?: unknown): Promise<{ readonly status: number; readonly body: unknown }> => {
    const response = await fetch(`${url}/v1/management${path}`, {
      method,
      headers: { authorization: `Basic ${btoa(`${key}:`)}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (response.status >= 400 && response.status !== 404 && response.status !== 409)
      throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
  };

  // the name that the hosted pages and mails show
  await call('PATCH', '/tenant', { name: 'Harbour Bank' });
  for (const action of actions) await call('POST', '/action-configurations', action);
  await call('POST', '/custom-data-points', dataPoint);
  for (const { action, rule } of rules) {
    const { body } = await call('GET', `/action-configurations/${action}/rules`);
    const there = (body as readonly { readonly name: string }[]).some(({ name }) => name === rule.name);
    if (!there) await call('POST', `/action-configurations/${action}/rules`, rule);
  }
};

/** Opens the accounts of the demonstration and vouches for their addresses, so that these people can enroll. */
export const openAccounts = async (accounts: Accounts, authsignal: Sdk): Promise<void> => {
  for (const email of people.emails) {
    const account = await accounts.create(email, people.password);
    if (account) await authsignal.updateUser({ userId: account.userId, attributes: { email, emailVerified: true } });
  }
};
