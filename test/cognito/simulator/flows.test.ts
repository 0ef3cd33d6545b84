import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { modernFlows } from './flows.ts';
import { ann, type Lab, startLab } from './lab.ts';

type Try = (lab: Lab, client: string) => Promise<{ readonly error?: string; readonly message?: string }>;

const password = { USERNAME: ann.username, PASSWORD: ann.password };
/** `AuthFlow` → a call that succeeds, or asks on, where the flow is allowed. */
const tries = {
  USER_SRP_AUTH: async (lab, client) => (await lab.person({ client }).beginSrp('USER_SRP_AUTH')).step,
  CUSTOM_AUTH: async (lab, client) => (await lab.person({ client }).beginSrp('CUSTOM_AUTH')).step,
  USER_PASSWORD_AUTH: (lab, client) => lab.person({ client }).initiate('USER_PASSWORD_AUTH', password),
  USER_AUTH: (lab, client) => lab.person({ client }).initiate('USER_AUTH', { ...password, PREFERRED_CHALLENGE: 'PASSWORD' }),
  ADMIN_USER_PASSWORD_AUTH: (lab, client) => lab.person({ client, isAdmin: true }).initiate('ADMIN_USER_PASSWORD_AUTH', password),
  // a wrong token is refused as such, after the flow
  REFRESH_TOKEN_AUTH: async (lab, client) => {
    const { error, message } = await lab.person({ client }).refresh('none');
    return message === 'Invalid Refresh Token' ? {} : { error, message };
  },
} as const satisfies Record<string, Try>;

const nameOf = (flows: readonly string[]): string => flows.join() || 'empty';
const subsets = Array.from({ length: 2 ** modernFlows.length }, (_, bits) => modernFlows.filter((_, at) => (bits >> at) & 1));
const usual = ['ALLOW_USER_SRP_AUTH', 'ALLOW_CUSTOM_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'];
const legacy: readonly (readonly [readonly string[], readonly string[]])[] = [
  [['ADMIN_NO_SRP_AUTH'], [...usual, 'ALLOW_ADMIN_USER_PASSWORD_AUTH']],
  [['USER_PASSWORD_AUTH'], [...usual, 'ALLOW_USER_PASSWORD_AUTH']],
  [['CUSTOM_AUTH_FLOW_ONLY'], ['ALLOW_CUSTOM_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH']],
];

let lab: Lab;
beforeAll(async () => {
  lab = await startLab(
    {},
    {
      clients: {
        ...Object.fromEntries(subsets.map((flows) => [nameOf(flows), { ExplicitAuthFlows: flows }])),
        ...Object.fromEntries(legacy.map(([flows]) => [nameOf(flows), { ExplicitAuthFlows: flows }])),
        unset: {},
        rotating: { RefreshTokenRotation: { Feature: 'ENABLED' } },
      },
    },
  );
});
afterAll(() => lab.end());

const allowedFor = async (client: string): Promise<readonly string[]> => {
  const allowed: string[] = [];
  for (const [flow, attempt] of Object.entries(tries)) {
    const { error, message } = await (attempt as Try)(lab, client);
    if (error === undefined) allowed.push(`ALLOW_${flow}`);
    else expect([error, message], `${client}: ${flow}`).toEqual(['InvalidParameterException', expect.stringMatching(/flow not enabled/)]);
  }
  return allowed.sort();
};

describe('a client', () => {
  it('with any combination of flows lets in by those alone', async () => {
    for (const flows of subsets.slice(1)) expect(await allowedFor(flows.join()), flows.join()).toEqual([...flows].sort());
  });

  it.each(['unset', 'empty'])('with none set (%j) lets in by SRP, custom challenges and refresh', async (client) => {
    expect(await allowedFor(client)).toEqual([...usual].sort());
  });

  it('whose refresh tokens rotate does so without refresh', async () => {
    expect(await allowedFor('rotating')).toEqual(['ALLOW_CUSTOM_AUTH', 'ALLOW_USER_SRP_AUTH']);
  });

  it.each(legacy)('with %j of before lets in by %j', async (flows, allowed) => {
    expect(await allowedFor(flows.join())).toEqual([...allowed].sort());
  });
});

it('CUSTOM_AUTH with SRP may need both flows, as long as nobody knows that of AWS', async () => {
  const strict = await startLab({}, { customSrpNeedsUserSrp: true, clients: { custom: { ExplicitAuthFlows: ['ALLOW_CUSTOM_AUTH'] } } });
  expect(await strict.person({ client: 'custom' }).signIn()).toMatchObject({ error: 'InvalidParameterException' });
  expect(await strict.person({ client: 'app' }).signIn()).toMatchObject({ challenge: 'CUSTOM_CHALLENGE' });
  await strict.end();
});
