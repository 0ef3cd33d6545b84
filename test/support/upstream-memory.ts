import type { Adapter, AdapterPayload } from 'oidc-provider';

type Kept = { readonly payload: AdapterPayload; readonly until: number };

/** What one upstream provider remembers; it outlives a rotation of its keys. */
export const createUpstreamMemory = (): ((model: string) => Adapter) => {
  const kept = new Map<string, Kept>();

  return (model) => {
    const read = (key: string): AdapterPayload | undefined => {
      const found = kept.get(key);
      return found && found.until > Date.now() ? found.payload : undefined;
    };
    const first = (matches: (payload: AdapterPayload) => boolean): AdapterPayload | undefined =>
      [...kept.keys()]
        .filter((key) => key.startsWith(`${model}:`))
        .map(read)
        .find((payload) => payload && matches(payload));
    return {
      upsert: async (id, payload, expiresIn) => {
        const until = expiresIn === undefined ? Number.POSITIVE_INFINITY : Date.now() + expiresIn * 1000;
        kept.set(`${model}:${id}`, { payload, until });
      },
      find: async (id) => read(`${model}:${id}`),
      findByUid: async (uid) => first((payload) => payload.uid === uid),
      findByUserCode: async (userCode) => first((payload) => payload.userCode === userCode),
      consume: async (id) => {
        const found = read(`${model}:${id}`);
        if (found) found.consumed = Math.floor(Date.now() / 1000);
      },
      destroy: async (id) => {
        kept.delete(`${model}:${id}`);
      },
      revokeByGrantId: async (grantId) => {
        for (const [key, { payload }] of kept) if (payload.grantId === grantId) kept.delete(key);
      },
    };
  };
};
