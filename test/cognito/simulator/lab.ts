import { type LambdaHandler, type Lambdas, startLambdas } from '../lambda-host/index.ts';
import { createPerson, type PersonOptions } from '../support/person.ts';
import { sampleSlots, sampleTriggers } from '../support/sample-triggers.ts';
import { startUserPool, type UserPool, type UserPoolOptions } from './index.ts';

export const ann = {
  username: 'ann',
  password: 'Correct-horse-1',
  attributes: { email: 'ann@example.org', email_verified: 'true' },
} as const;
const allFlows = [
  'ALLOW_USER_SRP_AUTH',
  'ALLOW_USER_PASSWORD_AUTH',
  'ALLOW_CUSTOM_AUTH',
  'ALLOW_REFRESH_TOKEN_AUTH',
  'ALLOW_ADMIN_USER_PASSWORD_AUTH',
];

export type Lab = {
  readonly pool: UserPool;
  readonly lambdas: Lambdas;
  /** Milliseconds; moves only by `pass`. */
  now(): number;
  pass(ms: number): void;
  person(more?: Partial<PersonOptions>): ReturnType<typeof createPerson>;
  end(): Promise<void>;
};

/** A pool with the sample triggers, a user `ann` and the clients `app` (hides who exists), `legacy` and `server` (with a secret). */
export const startLab = async (
  handlers: Readonly<Record<string, LambdaHandler>> = {},
  options: Partial<UserPoolOptions> = {},
): Promise<Lab> => {
  let clock = Date.parse('2026-03-02T09:00:00Z');
  const lambdas = await startLambdas({ handlers: { ...sampleTriggers, ...handlers } });
  const hidden = { ExplicitAuthFlows: allFlows, PreventUserExistenceErrors: 'ENABLED' };
  const pool = await startUserPool({
    lambdas,
    triggers: sampleSlots,
    now: () => clock,
    clients: {
      app: hidden,
      legacy: { ExplicitAuthFlows: allFlows },
      server: { ...hidden, GenerateSecret: true },
      ...options.clients,
    },
    users: [{ ...ann, groups: ['staff'] }, ...(options.users ?? [])],
    ...Object.fromEntries(Object.entries(options).filter(([name]) => name !== 'clients' && name !== 'users')),
  });
  return {
    pool,
    lambdas,
    now: () => clock,
    pass: (ms) => {
      clock += ms;
    },
    person: (more) => createPerson(pool, { client: 'app', username: ann.username, password: ann.password, ...more }),
    end: async () => {
      await pool.stop();
      await lambdas.stop();
    },
  };
};
