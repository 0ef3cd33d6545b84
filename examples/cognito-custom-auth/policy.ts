import type { Management } from '../express-login/seed.ts';

/** The people of the demonstration. One password for all: it is printed for whoever starts it. */
export const people = { password: 'Correct-horse-1', names: ['alice', 'bob', 'carol', 'dan', 'erin', 'fay'] } as const;
export const emailOf = (name: string): string => `${name}@example.com`;

const rules = [
  { name: 'An account under suspicion', type: 'BLOCK', conditions: { '==': [{ var: 'user.email' }, emailOf('bob')] } },
  { name: 'An account to look at', type: 'REVIEW', conditions: { '==': [{ var: 'user.email' }, emailOf('carol')] } },
  { name: 'New device', type: 'CHALLENGE', conditions: { '==': [{ var: 'device.isNew' }, true] } },
] as const;

/** What Stepward decides sign-ins by, set by its management API. */
export const configure = async ({ url, key }: Management): Promise<void> => {
  const call = async (method: string, path: string, body: unknown): Promise<void> => {
    const response = await fetch(`${url}/v1/management${path}`, {
      method,
      headers: { authorization: `Basic ${btoa(`${key}:`)}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${await response.text()}`);
  };
  await call('PATCH', '/tenant', { name: 'Harbour' });
  await call('POST', '/action-configurations', { actionCode: 'signIn', defaultUserActionResult: 'ALLOW' });
  for (const [priority, rule] of rules.entries()) await call('POST', '/action-configurations/signIn/rules', { priority, ...rule });
};
