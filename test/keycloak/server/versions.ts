/** The servers that the jar is tested with. Nothing is claimed of others. */
export const keycloakVersions = { current: '26.7.4', oldest: '26.2.5' } as const;
