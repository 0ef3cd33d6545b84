import type { InstallOptions } from '../../keycloak/options.ts';

const point = (name: string, dataType: 'text' | 'boolean', description: string) => ({ name, dataType, modelType: 'action', description });

/** What the authenticator sends beside the signals; the bodies of `POST /custom-data-points`. */
export const dataPoints = [
  point('keycloakRealm', 'text', 'Realm of the login'),
  point('keycloakIdp', 'text', 'Identity provider that signed the user in, where one did'),
  point('keycloakSso', 'boolean', 'The login goes on by the cookie of an earlier one'),
  point('keycloakImpersonated', 'boolean', 'An administrator acts as the user'),
] as const;

/** A policy to begin with. A reset of credentials needs its own: what it comes from is not learnt. */
export const samplePolicy = ({ settings }: InstallOptions) => ({
  actions: [
    {
      configuration: {
        actionCode: settings['stepward.action'] ?? 'signIn',
        defaultUserActionResult: 'RECOMMENDED',
        challengeValidFor: 43_200,
        rememberDevice: { enabled: true, days: 30 },
      },
      rules: [
        { name: 'Tor exit', type: 'BLOCK', onUnknown: 'skip', conditions: { var: 'ip.isTor' } },
        { name: 'Impossible travel', type: 'CHALLENGE', onUnknown: 'skip', conditions: { var: 'ip.impossibleTravel' } },
      ].map((rule, index) => ({ ...rule, priority: index * 10 })),
    },
    { configuration: { actionCode: 'passwordReset', defaultUserActionResult: 'RECOMMENDED', learn: 'proof' }, rules: [] },
  ],
});
