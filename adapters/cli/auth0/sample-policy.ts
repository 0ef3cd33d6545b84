import type { Auth0Settings } from './settings.ts';

type DataPoint = {
  readonly name: string;
  readonly dataType: 'text' | 'number' | 'multiselect';
  readonly modelType: 'action';
  readonly description: string;
  readonly volatile?: true;
};

const point = (name: string, dataType: DataPoint['dataType'], description: string): DataPoint => ({
  name,
  dataType,
  modelType: 'action',
  description,
});

/** An age or a counter differs at the next login: without `volatile` an approved review would never apply. */
const counted = (name: string, description: string): DataPoint => ({ ...point(name, 'number', description), volatile: true });

/** What the Action sends beside the signals; the bodies of `POST /custom-data-points`. */
export const dataPoints: readonly DataPoint[] = [
  point('auth0Connection', 'text', 'Connection that signed the user in'),
  point('auth0Strategy', 'text', 'Strategy of that connection'),
  point('auth0Organization', 'text', 'Organization at Auth0'),
  point('auth0Audience', 'text', 'API that the token is for'),
  point('auth0Scopes', 'multiselect', 'Scopes that were asked for'),
  counted('auth0StepwardAge', 'Seconds since a challenge of Stepward in this Auth0 session'),
  counted('auth0MfaAge', "Seconds since Auth0's own second factor in this session"),
  point('auth0NewDevice', 'text', "Auth0's assessment: new device"),
  point('auth0ImpossibleTravel', 'text', "Auth0's assessment: impossible travel"),
  point('auth0UntrustedIp', 'text', "Auth0's assessment: untrusted IP"),
  point('auth0Agent', 'text', "Auth0's assessment: agent"),
  counted('auth0Logins', 'Logins of the user at Auth0'),
  counted('auth0AccountAgeDays', 'Days since the account was made'),
  counted('auth0PasswordAgeDays', 'Days since the password was changed; database connections alone'),
];

const halfADay = 43_200;
const is = (name: string, value: unknown) => ({ '==': [{ var: name }, value] });
const youngerThan = (name: string, seconds: number) => ({ '<': [{ var: name }, seconds] });

/** By mode: what lets a sign-in through that was proven a short time ago. */
const provenBefore = {
  redirect: {
    name: 'Silent renewal within 12 hours of a challenge',
    type: 'ALLOW',
    conditions: { and: [is('request.flow', 'silent'), youngerThan('custom.auth0StepwardAge', halfADay)] },
  },
  native: {
    name: "Auth0's second factor within 12 hours",
    type: 'ALLOW',
    conditions: youngerThan('custom.auth0MfaAge', halfADay),
  },
} as const satisfies Record<Auth0Settings['mode'], unknown>;

/** One action with its rules; the bodies of `POST /action-configurations` and of its `/rules`. */
export type ActionPolicy = {
  readonly configuration: { readonly actionCode: string } & Readonly<Record<string, unknown>>;
  readonly rules: readonly ({ readonly name: string } & Readonly<Record<string, unknown>>)[];
};

/** A policy to begin with. Refreshes need theirs: an action that nobody has configured is CHALLENGE, and a refresh cannot be challenged. */
export const samplePolicy = ({ action, refreshAction, mode }: Auth0Settings): { readonly actions: readonly ActionPolicy[] } => ({
  actions: [
    {
      configuration: {
        actionCode: action,
        defaultUserActionResult: 'RECOMMENDED',
        challengeValidFor: halfADay,
        rememberDevice: { enabled: true, days: 30 },
      },
      rules: [
        { name: 'Tor exit', type: 'BLOCK', onUnknown: 'skip', conditions: { var: 'ip.isTor' } },
        provenBefore[mode],
        { name: 'Impossible travel', type: 'CHALLENGE', onUnknown: 'skip', conditions: { var: 'ip.impossibleTravel' } },
        { name: 'Auth0 sees a high risk', type: 'CHALLENGE', onUnknown: 'skip', conditions: is('request.hostRiskLevel', 'high') },
      ].map((rule, index) => ({ ...rule, priority: index * 10 })),
    },
    // a refresh proves nothing about a person: what it comes from is not learnt
    { configuration: { actionCode: refreshAction, defaultUserActionResult: 'ALLOW', learn: 'proof' }, rules: [] },
  ],
});
